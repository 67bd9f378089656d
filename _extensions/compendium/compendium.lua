-- compendium.lua: the project's own elements, for real Quarto and the embedded engine alike.
--   ::: {.display-note}               small print under a table or a figure; also .table-note
--   ::: {.results}                    prose whose numbers are checked; looks like any other
--   [text]{.quoted from=deck}         words or numbers taken from a source; prints the text only
--   [text]{.evidence grade="weak"}    a statement with the grade of its evidence
--   edition-mark: "..."               stands on every page
local HTML = FORMAT:match 'html' ~= nil or FORMAT == 'revealjs'

local function quoted(span)
  if span.classes:includes 'quoted' then return span.content end
end

local function evidence(span)
  if not span.classes:includes 'evidence' then return end
  local grade = span.attributes.grade or 'unknown'
  if HTML then
    local mark = pandoc.Span({ pandoc.Str(grade) }, { class = 'grade grade-' .. grade })
    return pandoc.Span(span.content .. { pandoc.Space(), mark }, { class = 'evidence' })
  end
  return span.content .. { pandoc.Space(), pandoc.Emph { pandoc.Str('[' .. grade .. ']') } }
end

local function display_note(div)
  if FORMAT == 'typst' then
    return pandoc.Blocks { pandoc.RawBlock('typst', '#compendium-display-note[') }
      .. div.content .. { pandoc.RawBlock('typst', ']') }
  elseif FORMAT == 'docx' then
    return pandoc.Div(div.content, { ['custom-style'] = 'Display Note' })
  end
end

local function block(div)
  if div.classes:includes 'display-note' or div.classes:includes 'table-note' then return display_note(div) end
  if div.classes:includes 'results' and not HTML then return div.content end
end

-- Quarto's own page templates have no place for the mark; the other formats and the embedded engine's
-- page have one in their header or footer.
local function edition_mark(doc)
  local mark = doc.meta['edition-mark']
  if not (quarto and HTML and mark) or pandoc.utils.stringify(mark) == '' then return end
  local text = pandoc.utils.type(mark) == 'Inlines' and mark or pandoc.Inlines(pandoc.utils.stringify(mark))
  local banner = pandoc.Div({ pandoc.Para(text) }, pandoc.Attr('', { 'edition-mark' }, { { 'role', 'note' } }))
  quarto.doc.include_text('before-body', pandoc.write(pandoc.Pandoc { banner }, 'html'))
end

return {
  { Span = function(span) return quoted(span) or evidence(span) end, Div = block },
  { Pandoc = edition_mark },
}
