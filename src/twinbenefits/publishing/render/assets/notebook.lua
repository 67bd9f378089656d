-- notebook.lua: turns an executed notebook, as pandoc reads it, into a page.
local stringify = pandoc.utils.stringify
local tables = 0

-- Only its first heading is the title of the page.
local function take_title(doc)
  for i, block in ipairs(doc.blocks) do
    if block.t == 'Header' and block.level == 1 then
      doc.meta.title = block.content
      doc.blocks:remove(i)
      return
    end
  end
  if not doc.meta.title then pandoc.log.warn('the notebook has no heading of the first level, which would be its title') end
end

local function scrollable(tbl)
  tables = tables + 1
  local name = 'Table ' .. tables
  local attributes = { { 'role', 'region' }, { 'tabindex', '0' }, { 'aria-label', name } }
  return pandoc.Div({ tbl }, pandoc.Attr('', { 'table-wrap' }, attributes)), false
end

local function output(raw)
  if raw.format == 'markdown' then return pandoc.read(raw.text, 'markdown').blocks end
  if raw.format ~= 'html' then return end
  local found = pandoc.Blocks {}
  pandoc.read(raw.text, 'html').blocks:walk { Table = function(tbl)
    tbl.classes, tbl.attributes = {}, {}
    found:insert(tbl)
  end }
  return #found > 0 and found or raw
end

local function folded(code, shown)
  local label = shown and 'Parameters' or 'Code'
  local open = '<details class="code"' .. (shown and ' open' or '') .. '><summary>' .. label .. '</summary>'
  return pandoc.Blocks { pandoc.RawBlock('html', open), code, pandoc.RawBlock('html', '</details>') }
end

local function cell(div)
  if div.classes:includes 'markdown' then return div.content end
  if div.classes:includes 'code' then
    local shown = (div.attributes.tags or ''):match 'parameters' ~= nil
    local blocks = pandoc.Blocks {}
    for _, block in ipairs(div.content) do
      local is_code = block.t == 'CodeBlock' and block.classes:includes 'python'
      if is_code and block.text ~= '' then blocks:extend(folded(block, shown))
      elseif not is_code then blocks:insert(block) end
    end
    return pandoc.Div(blocks, pandoc.Attr(div.identifier, { 'cell' }))
  end
  -- Of a block of class output pandoc keeps one part only.
  if div.classes:includes 'output' then return pandoc.Div(div.content, { class = 'shown' }) end
end

function Pandoc(doc)
  doc = doc:walk { RawBlock = output }
  doc = doc:walk { Div = cell }
  take_title(doc)
  doc.meta.pagetitle = stringify(doc.meta.title or 'Notebook')
  return doc:walk { traverse = 'topdown', Table = scrollable }
end
