-- typst.lua: alternative text, which PDF/UA asks for and pandoc's typst writer drops.
local shared = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'shared.lua' })
local typst_string = shared.typst_string

local folder = ''

-- The document is compiled with the workspace as root; paths in it start at the main document.
local function from_root(path)
  local parts = {}
  for part in (folder .. '/' .. path):gmatch '[^/]+' do
    if part == '..' then
      parts[#parts] = nil
    elseif part ~= '.' then
      parts[#parts + 1] = part
    end
  end
  return '/' .. table.concat(parts, '/')
end

local function math(element)
  local spoken = typst_string(element.text)
  return {
    pandoc.RawInline('typst', '#[#set math.equation(alt: ' .. spoken .. ');'),
    element,
    pandoc.RawInline('typst', ']'),
  }
end

local function length(value)
  local number, unit = tostring(value):match '^([%d.]+)(%a*%%?)$'
  if not number then return nil end
  if unit == '' or unit == 'px' then return tostring(tonumber(number) * 0.75) .. 'pt' end
  return number .. unit
end

local function image(element)
  local arguments = { typst_string(from_root(element.src)) }
  for _, side in ipairs { 'width', 'height' } do
    local value = element.attributes[side] and length(element.attributes[side])
    if value then arguments[#arguments + 1] = side .. ': ' .. value end
  end
  arguments[#arguments + 1] = 'alt: ' .. typst_string(element.attributes.alt or '')
  return pandoc.RawInline('typst', '#image(' .. table.concat(arguments, ', ') .. ')')
end

function Pandoc(doc)
  folder = pandoc.utils.stringify(doc.meta['source-folder'] or '')
  return doc:walk { Math = math, Image = image }
end
