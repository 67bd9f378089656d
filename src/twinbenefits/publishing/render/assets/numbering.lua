-- numbering.lua: numbers figures, tables, sections and equations and resolves references to them.
local shared = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'shared.lua' })
local raw, styled, problem = shared.raw, shared.styled, shared.problem

local KINDS = { fig = 'Figure', tbl = 'Table', sec = 'Section', eq = 'Equation' }
local NBSP = '\u{a0}'

local index = {}                            -- label -> { kind, number, title }
local counts = { fig = 0, tbl = 0, eq = 0 }
local numbered_sections = false
local section = {}

local function kind_of(label)
  local kind = (label or ''):match '^(%a+)%-'
  return KINDS[kind] and kind
end

local function register(label, kind, number)
  if index[label] then problem('two elements carry the label ' .. label) end
  if not number then
    counts[kind] = counts[kind] + 1
    number = tostring(counts[kind])
  end
  index[label] = { kind = kind, number = number }
  return number
end

local function labelled(kind, number, inlines)
  local tag = pandoc.Inlines(KINDS[kind] .. NBSP .. number .. ':')
  tag = shared.HTML and pandoc.Span(tag, { class = 'caption-label' }) or pandoc.Strong(tag)
  return pandoc.Inlines { tag, pandoc.Space() } .. inlines
end

local function caption_of(element)
  local block = element.caption.long[1]
  return block and block.content or pandoc.Inlines {}
end

local function plain(inlines)
  return pandoc.Blocks { pandoc.Plain(inlines) }
end

-- tables ------------------------------------------------------------------
local function set_widths(tbl, spec)
  if not spec then return end
  local widths, sum = {}, 0
  for width in spec:gmatch '[%d.]+' do
    widths[#widths + 1] = tonumber(width)
    sum = sum + tonumber(width)
  end
  if #widths ~= #tbl.colspecs then
    return problem('table ' .. tbl.identifier .. ' has ' .. #tbl.colspecs .. ' columns and ' .. #widths .. ' tbl-colwidths')
  end
  for i, colspec in ipairs(tbl.colspecs) do tbl.colspecs[i] = { colspec[1], widths[i] / sum } end
end

-- A wide table scrolls by itself and can be reached with the keyboard. Attributes are listed in order:
-- the order of a Lua table's named fields changes from run to run.
local function scrollable(tbl, name)
  if FORMAT ~= 'html' and FORMAT ~= 'html5' then return tbl end
  local attributes = { { 'role', 'region' }, { 'tabindex', '0' }, { 'aria-label', name } }
  return pandoc.Div({ tbl }, pandoc.Attr('', { 'table-wrap' }, attributes))
end

local function number_table(tbl)
  local name = 'Table'
  set_widths(tbl, tbl.attributes['tbl-colwidths'])
  tbl.attributes['tbl-colwidths'] = nil
  if kind_of(tbl.identifier) == 'tbl' then
    local number = register(tbl.identifier, 'tbl')
    name = KINDS.tbl .. NBSP .. number
    tbl.caption.long = plain(labelled('tbl', number, caption_of(tbl)))
  end
  return scrollable(tbl, name)
end

-- figures -----------------------------------------------------------------
-- PowerPoint shows the caption of the image, not of the figure around it.
local function set_caption(figure, inlines)
  figure.caption.long = plain(inlines)
  if FORMAT ~= 'pptx' then return figure end
  return figure:walk { Image = function(image)
    image.caption = inlines
    return image
  end }
end

local function number_figure(figure)
  if kind_of(figure.identifier) ~= 'fig' then return figure end
  local number = register(figure.identifier, 'fig')
  return set_caption(figure, labelled('fig', number, caption_of(figure)))
end

-- Word lays panels out in a table without rules.
local function docx_grid(blocks, columns)
  local rows, row = {}, {}
  local wide = string.format('%d%%', 100 // columns - 2)
  for _, block in ipairs(blocks) do
    local cell = block:walk { Image = function(image)
      image.attributes.width = wide
      return image
    end }
    row[#row + 1] = { cell }
    if #row == columns then rows[#rows + 1], row = row, {} end
  end
  while #row > 0 and #row < columns do row[#row + 1] = {} end
  if #row > 0 then rows[#rows + 1] = row end
  local aligns, widths = {}, {}
  for i = 1, columns do aligns[i], widths[i] = 'AlignDefault', 1 / columns end
  local tbl = pandoc.utils.from_simple_table(pandoc.SimpleTable({}, aligns, widths, {}, rows))
  tbl.attributes['custom-style'] = 'FigureTable'   -- written as the style's identifier
  return pandoc.Blocks { tbl }
end

local function grid(blocks, columns)
  if FORMAT == 'docx' then return docx_grid(blocks, tonumber(columns)) end
  if shared.HTML then
    return pandoc.Blocks { pandoc.Div(blocks, pandoc.Attr('', { 'layout' }, { { 'style', '--cols:' .. columns } })) }
  elseif FORMAT == 'typst' then
    local out = pandoc.Blocks { raw('#grid(columns: (1fr,) * ' .. columns .. ', gutter: 1em,') }
    for _, block in ipairs(blocks) do out:extend { raw '[', block, raw '],' } end
    return out .. { raw ')' }
  end
  return blocks
end

local function number_subfigures(blocks, number)
  local letter = 0
  return blocks:walk { Figure = function(figure)
    letter = letter + 1
    local tag = '(' .. string.char(96 + letter) .. ')'
    if figure.identifier ~= '' then register(figure.identifier, 'fig', number .. NBSP .. tag) end
    return set_caption(figure, pandoc.Inlines(tag .. ' ') .. caption_of(figure))
  end }
end

local function split_caption(blocks)
  local last = blocks[#blocks]
  local is_text = last and (last.t == 'Para' or last.t == 'Plain')
  if is_text and not (#last.content == 1 and last.content[1].t == 'Image') then
    blocks:remove(#blocks)
    return last.content
  end
  return pandoc.Inlines {}
end

local function number_panel(div)
  local content = div.content
  local caption = split_caption(content)
  local number = register(div.identifier, 'fig')
  local parts = number_subfigures(content, number)
  local columns = div.attributes['layout-ncol']
  if columns then parts = grid(parts, columns) end
  if shared.OFFICE then                       -- figures do not nest there
    parts:insert(styled('Image Caption', { pandoc.Para(labelled('fig', number, caption)) }))
    return pandoc.Div(parts, pandoc.Attr(div.identifier))
  end
  parts = parts:walk { Para = function(para) return pandoc.Plain(para.content) end }
  return pandoc.Figure(parts, { long = plain(labelled('fig', number, caption)) }, pandoc.Attr(div.identifier))
end

local function number_table_block(div)
  local caption = split_caption(div.content)
  for i, block in ipairs(div.content) do
    if block.t == 'Table' then
      block.identifier = div.identifier
      block.attributes['tbl-colwidths'] = div.attributes['tbl-colwidths']
      if #caption > 0 then block.caption.long = plain(caption) end
      div.content[i] = number_table(block)
      return div.content
    end
  end
  problem('no table in the block #' .. div.identifier)
end

local function number_block(div)
  local kind = kind_of(div.identifier)
  if kind == 'fig' then return number_panel(div), false end
  if kind == 'tbl' then return number_table_block(div), false end
  if div.attributes['layout-ncol'] then
    div.content = grid(div.content, div.attributes['layout-ncol'])
    div.attributes['layout-ncol'] = nil
    return div
  end
end

-- sections and equations --------------------------------------------------
local function number_section(header)
  local is_target = kind_of(header.identifier) == 'sec'
  if not numbered_sections or header.classes:includes 'unnumbered' then
    if is_target then index[header.identifier] = { kind = 'sec', title = header.content } end
    return
  end
  for level = header.level + 1, 6 do section[level] = nil end
  section[header.level] = (section[header.level] or 0) + 1
  local parts = {}
  for level = 1, header.level do
    if section[level] then parts[#parts + 1] = section[level] end
  end
  if is_target then register(header.identifier, 'sec', table.concat(parts, '.')) end
end

-- pandoc reads `$$…$$ {#eq-x}` as an equation, a space and a word.
local function number_equation(para)
  for i, inline in ipairs(para.content) do
    local label = inline.t == 'Str' and inline.text:match '^{#(eq%-[^}]+)}$'
    if label then
      local at = i - 1
      local before = para.content[at]
      if before and (before.t == 'Space' or before.t == 'SoftBreak') then at = at - 1 end
      local math = para.content[at]
      if math and math.t == 'Math' then
        math.text = math.text .. ' \\qquad (' .. register(label, 'eq') .. ')'
        para.content[at] = pandoc.Span({ math }, { id = label })
        for _ = at + 1, i do para.content:remove(at + 1) end
        return para
      end
    end
  end
end

local numbering = {
  traverse = 'topdown',
  Header = number_section,
  Div = number_block,
  Figure = function(figure) return number_figure(figure), false end,
  Table = function(tbl) return number_table(tbl), false end,
  Para = number_equation,
}

-- references --------------------------------------------------------------
local function reference(cite)
  local target = index[cite.id]
  if not target then
    problem('unresolved cross-reference @' .. cite.id)
    return pandoc.Inlines('@' .. cite.id)
  end
  local bare = cite.mode == 'SuppressAuthor'
  local text = target.title or pandoc.Inlines(bare and target.number or KINDS[target.kind] .. NBSP .. target.number)
  local out = pandoc.Inlines {}
  if #cite.prefix > 0 then out = cite.prefix .. { pandoc.Space() } end
  out:insert(pandoc.Link(text, '#' .. cite.id, '', { class = 'crossref' }))
  return out .. cite.suffix
end

local function resolve(element)
  local ours = 0
  for _, cite in ipairs(element.citations) do
    if kind_of(cite.id) then ours = ours + 1 end
  end
  if ours == 0 then return end
  if ours < #element.citations then
    return problem('a cross-reference and a citation share brackets: ' .. pandoc.utils.stringify(element))
  end
  local out = pandoc.Inlines {}
  for i, cite in ipairs(element.citations) do
    if i > 1 then out:extend { pandoc.Str ',', pandoc.Space() } end
    out:extend(reference(cite))
  end
  return out
end

-- A text after a table would start another slide, so its note travels in the caption.
local function notes_into_captions(blocks)
  for i = #blocks, 2, -1 do
    local note, tbl = blocks[i], blocks[i - 1]
    local is_note = note.t == 'Div' and (note.classes:includes 'display-note' or note.classes:includes 'table-note')
    if is_note and tbl.t == 'Table' then
      local caption = caption_of(tbl)
      caption:insert(pandoc.LineBreak())
      caption:extend(pandoc.utils.blocks_to_inlines(note.content, { pandoc.Space() }))
      tbl.caption.long = plain(caption)
      blocks:remove(i)
    end
  end
  return blocks
end

function Pandoc(doc)
  if FORMAT == 'pptx' then doc = doc:walk { Blocks = notes_into_captions } end
  numbered_sections = doc.meta['number-sections'] == true
  return doc:walk(numbering):walk { Cite = resolve }
end
