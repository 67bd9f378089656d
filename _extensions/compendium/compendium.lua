-- compendium.lua: the project's own elements, for real Quarto and the embedded engine alike.
--   ::: {.display-note}               small print under a table or a figure; also .table-note
--   ::: {.results}                    prose whose numbers are checked; looks like any other
--   [text]{.quoted from=deck}         words or numbers taken from a source; prints the text only
--   [text]{.evidence grade="weak"}    a statement with the grade of its evidence
--   [The sentence.]{.claim key=C07}   a claim of the ledger: left out, noted or linked as staging says
--   [text]{.real-only}                only where no evidence is invented; .demonstration-only: only where it is
--   # Conclusion {.conclusion}        says nothing of the cases where their evidence is invented
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

-- Claims. Staging writes what this edition makes of each; a document stands beside `_staged` or one folder down.
local function read_staged_claims()
  for _, up in ipairs { '', '../' } do
    local file = io.open(up .. '_staged/claims.json', 'rb')
    if file then
      local staged = pandoc.json.decode(file:read 'a', false)
      file:close()
      return staged.claims, staged.page and up .. staged.page
    end
  end
  return nil, nil
end

local BLANK = { Space = true, SoftBreak = true, LineBreak = true }

-- Whether there is a span or a div for which `left_out` holds; asking for these alone is quick.
local function holds_any(part, left_out)
  local found = false
  local function look(element) found = found or left_out(element) end
  part:walk { Span = look, Div = look }
  return found
end

-- Leave out the sentences for which `left_out` holds, and what would stand empty without them.
local function without_sentences_of(part, left_out)
  local function inlines(list)
    local kept, dropped = pandoc.Inlines {}, false
    for _, inline in ipairs(list) do
      if left_out(inline) then
        dropped = true
      elseif not (BLANK[inline.t] and dropped and (#kept == 0 or BLANK[kept[#kept].t])) then
        kept:insert(inline)
      end
    end
    if not dropped then return nil end
    while #kept > 0 and BLANK[kept[#kept].t] do kept:remove(#kept) end
    return kept
  end
  local function filled(list)
    return list:filter(function(block) return not ((block.t == 'Para' or block.t == 'Plain') and #block.content == 0) end)
  end
  local function items(list)
    list.content = list.content:filter(function(item) return #item > 0 end)
    return #list.content > 0 and list or {}
  end
  local function box(block) return #block.content > 0 and block or {} end
  local emptied = { BulletList = items, OrderedList = items, BlockQuote = box }
  return part:walk { Inlines = inlines }:walk { Blocks = filled }:walk(emptied)
end

-- Edit what holds a span or a div that is meant; of several blocks only those that do, as asking is quick.
local function edit_where(part, is_meant, edited)
  if pandoc.utils.type(part) ~= 'Blocks' then
    return holds_any(part, is_meant) and edited(part) or part
  end
  local kept = pandoc.Blocks {}
  for _, block in ipairs(part) do
    local alone = pandoc.Blocks { block }   -- walking a block itself would leave it out and see what is in it
    kept:extend(holds_any(alone, is_meant) and edited(alone) or alone)
  end
  return kept
end

local function without_sentences(part, left_out)
  return edit_where(part, left_out, function(holding) return without_sentences_of(holding, left_out) end)
end

-- Leave out the sentences that this edition cannot tell; with `silent` also those that rest on invented evidence.
local function without_claims(part, claims, silent)
  return without_sentences(part, function(inline)
    local claim = inline.t == 'Span' and inline.classes:includes 'claim' and claims[inline.attributes.key]
    return claim and (claim.left_out or silent and claim.invented)
  end)
end

local function edit_abstract(doc, edited)
  local kind = doc.meta.abstract and pandoc.utils.type(doc.meta.abstract)
  if kind == 'Blocks' or kind == 'Inlines' then doc.meta.abstract = edited(doc.meta.abstract) end
end

-- What is written for one kind of evidence only.
local function of_this_kind(doc)
  local other = doc.meta.demonstration and 'real-only' or 'demonstration-only'
  local function is_other(element)
    return (element.t == 'Span' or element.t == 'Div') and element.classes:includes(other)
  end
  local function without(part)
    return without_sentences_of(part, is_other):walk { Div = function(div) if is_other(div) then return {} end end }
  end
  local function edited(part) return edit_where(part, is_other, without) end
  edit_abstract(doc, edited)
  doc.blocks = edited(doc.blocks)
  return doc
end

-- Abstract and conclusion say nothing of the cases where their evidence is invented.
local function without_invented_conclusions(blocks, claims)
  local level, kept = nil, pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    if block.t == 'Header' and (not level or block.level <= level) then
      level = block.classes:includes 'conclusion' and block.level or nil
    end
    local is_abstract = block.t == 'Div' and block.attributes['custom-style'] == 'Abstract'
    if level or is_abstract then
      kept:extend(without_claims(pandoc.Blocks { block }, claims, true))
    else
      kept:insert(block)
    end
  end
  return kept
end

-- The note of the team's edition: in the margin, and in Word as a comment on the sentence.
local comments = 0
local function noted(sentence, note, target)
  if HTML then
    local mark = target and pandoc.Link(note, target, '', { class = 'claim-note' }) or pandoc.Span(note, { class = 'claim-note' })
    return sentence .. { pandoc.Space(), mark }
  elseif FORMAT == 'typst' then
    return sentence .. { pandoc.RawInline('typst', '#compendium-claim-note[') } .. pandoc.Inlines(note) .. { pandoc.RawInline('typst', ']') }
  elseif FORMAT == 'docx' then
    comments = comments + 1
    local id = tostring(comments)
    local made = os.date('!%Y-%m-%dT%H:%M:%SZ', tonumber(os.getenv 'SOURCE_DATE_EPOCH' or '0'))
    local start = pandoc.Span(note, pandoc.Attr('', { 'comment-start' }, { id = id, author = 'Claims', date = made }))
    return pandoc.Inlines { start } .. sentence .. { pandoc.Span({}, pandoc.Attr('', { 'comment-end' }, { id = id })) }
  end
  return sentence .. { pandoc.Space(), pandoc.Emph(pandoc.Inlines('[' .. note .. ']')) }
end

-- Give each sentence of a claim its anchor, the team's note, and the way to the page of evidence.
local function with_notes(part, claims, page, seen)
  return part:walk { Span = function(span)
    if not span.classes:includes 'claim' then return nil end
    local key = span.attributes.key or ''
    local note = (claims[key] or {}).note
    local target = HTML and page and FORMAT ~= 'revealjs' and page .. '#' .. key
    if HTML then
      seen[key] = (seen[key] or 0) + 1
      span.identifier = 'claim-' .. key .. (seen[key] > 1 and '-' .. seen[key] or '')
    end
    local sentence = HTML and pandoc.Inlines { span } or span.content
    if note then return noted(sentence, note, target) end
    if not target then return sentence end
    local named = { class = 'claim-link', ['aria-label'] = 'What claim ' .. key .. ' rests on' }
    return sentence .. { pandoc.Space(), pandoc.Link(key, target, '', named) }
  end }
end

local function is_claim(element) return element.t == 'Span' and element.classes:includes 'claim' end

local function claims_of_the_edition(doc)
  local claims, page = read_staged_claims()
  local seen = {}
  local function edited(part, silent)
    return edit_where(part, is_claim, function(marked)
      if not claims then error('_staged/claims.json is missing, which says of which claims this edition is silent; stage first') end
      return with_notes(without_claims(marked, claims, silent), claims, page, seen)
    end)
  end
  edit_abstract(doc, function(abstract) return edited(abstract, true) end)
  doc.blocks = edited(claims and without_invented_conclusions(doc.blocks, claims) or doc.blocks)
  return doc
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
  { Pandoc = of_this_kind },
  { Pandoc = claims_of_the_edition },
  { Pandoc = edition_mark },
}
