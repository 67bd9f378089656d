-- blocks.lua: the block elements of Quarto's document model that plain pandoc lacks.
local shared = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'shared.lua' })
local raw, styled = shared.raw, shared.styled

-- Which of Quarto's format names mean the format being written.
local ALIAS = {
  html = { html = true, html5 = true, revealjs = true }, pdf = { typst = true },
}

local function names_this_format(list)
  for name in list:gmatch '[^%s,]+' do
    if name == FORMAT or (ALIAS[name] and ALIAS[name][FORMAT]) then return true end
  end
  return false
end

local function is_hidden(div)
  local when, unless = div.attributes['when-format'], div.attributes['unless-format']
  local shown = (not when or names_this_format(when)) and not (unless and names_this_format(unless))
  if div.classes:includes 'content-visible' then return not shown end
  return div.classes:includes 'content-hidden' and shown
end

local CALLOUTS = {
  ['callout-note'] = 'Note', ['callout-tip'] = 'Tip', ['callout-warning'] = 'Warning',
  ['callout-important'] = 'Important', ['callout-caution'] = 'Caution',
}

local function callout_parts(div, class)
  local title, body = div.attributes.title, div.content:clone()
  if title then
    title = pandoc.utils.blocks_to_inlines(pandoc.read(title, 'markdown').blocks)
  elseif body[1] and body[1].t == 'Header' then
    title = body:remove(1).content
  else
    title = pandoc.Inlines(CALLOUTS[class])
  end
  return title, body
end

local function callout(div, class)
  local title, body = callout_parts(div, class)
  local head = pandoc.Para { pandoc.Strong(title) }
  if shared.HTML then
    local parts = {
      pandoc.Div(pandoc.Plain { pandoc.Strong(title) }, { class = 'callout-title' }),
      pandoc.Div(body, { class = 'callout-body' }),
    }
    return pandoc.Div(parts, pandoc.Attr(div.identifier, { 'callout', class }, { role = 'note' }))
  elseif FORMAT == 'typst' then
    local kind = class:match '^callout%-(.+)$'
    return pandoc.Blocks { raw('#compendium-callout("' .. kind .. '")['), head } .. body .. { raw ']' }
  elseif FORMAT == 'docx' then
    local out = pandoc.Blocks { styled('Callout Title', { head }) }
    for _, block in ipairs(body) do
      local is_text = block.t == 'Para' or block.t == 'Plain'
      out:insert(is_text and styled('Callout', { pandoc.Para(block.content) }) or block)
    end
    return out
  end
  return pandoc.Blocks { head } .. body
end

-- The sections of a Word file are closed by paragraphs; page sizes and headers are completed after writing.
local function landscape(div)
  if FORMAT == 'typst' then
    return pandoc.Blocks { raw '#page(flipped: true)[' } .. div.content .. { raw ']' }
  elseif FORMAT == 'docx' then
    local function close(orientation)
      return raw('<w:p><w:pPr><w:sectPr w:rsidSect="' .. orientation .. '"/></w:pPr></w:p>')
    end
    return pandoc.Blocks { close '00000001' } .. div.content .. { close '00000002' }
  end
  return div.content
end

local function pagebreak()
  if FORMAT == 'typst' then return raw '#pagebreak(weak: true)' end
  if FORMAT == 'docx' then return raw '<w:p><w:r><w:br w:type="page"/></w:r></w:p>' end
  if FORMAT == 'html' or FORMAT == 'html5' then return pandoc.Div({}, { class = 'pagebreak' }) end
  return {}
end

local function block(div)
  if is_hidden(div) then return {} end
  if div.classes:includes 'pagebreak' then return pagebreak() end
  if div.classes:includes 'landscape' then return landscape(div) end
  for _, class in ipairs(div.classes) do
    if CALLOUTS[class] then return callout(div, class) end
  end
end

-- Alternative text: Word takes it from the inline caption, PowerPoint from the title.
local function image(img)
  local alt = img.attributes['fig-alt'] or pandoc.utils.stringify(img.caption)
  img.attributes['fig-alt'] = nil
  img.attributes.alt = alt
  if FORMAT == 'pptx' then img.title = alt else img.caption = pandoc.Inlines(alt) end
  return img
end

local function quotation(quote)
  if FORMAT ~= 'pptx' then return end
  return quote.content:walk { Para = function(para) return pandoc.Para { pandoc.Emph(para.content) } end }
end

return { { Div = block }, { Image = image, BlockQuote = quotation } }
