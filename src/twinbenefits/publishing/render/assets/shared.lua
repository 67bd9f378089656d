-- What the filters of the embedded engine have in common.
local shared = {}

shared.HTML = FORMAT:match 'html' ~= nil or FORMAT == 'revealjs'
shared.SLIDES = FORMAT == 'revealjs' or FORMAT == 'pptx'
shared.OFFICE = FORMAT == 'docx' or FORMAT == 'pptx'

-- Every problem is a warning, so that pandoc goes on and all of them are reported together.
function shared.problem(text)
  pandoc.log.warn(text)
end

function shared.raw(text)
  return pandoc.RawBlock(FORMAT == 'docx' and 'openxml' or FORMAT, text)
end

function shared.styled(style, blocks)
  return pandoc.Div(blocks, { ['custom-style'] = style })
end

local ESCAPES = { ['\\'] = '\\\\', ['"'] = '\\"' }
function shared.typst_string(text)
  return '"' .. text:gsub('[\\"]', ESCAPES):gsub('%s+', ' ') .. '"'
end

return shared
