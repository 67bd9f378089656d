-- front.lua: authors, affiliations, abstract and keywords under the names Quarto's templates use.
local shared = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'shared.lua' })
local stringify = pandoc.utils.stringify

local function as_list(value)
  if value == nil then return {} end
  return pandoc.utils.type(value) == 'List' and value or { value }
end

local function is_map(value)
  return pandoc.utils.type(value) == 'table'
end

-- Affiliations are numbered in order of first appearance.
local function read_authors(meta)
  local by_author, by_affiliation, number_of = {}, {}, {}
  for _, author in ipairs(as_list(meta.author)) do
    local map = is_map(author)
    local entry = { name = { literal = map and author.name or author }, affiliations = {} }
    for _, affiliation in ipairs(map and as_list(author.affiliations or author.affiliation) or {}) do
      local name = is_map(affiliation) and affiliation.name or affiliation
      local key = stringify(name)
      if not number_of[key] then
        by_affiliation[#by_affiliation + 1] = { name = name, number = tostring(#by_affiliation + 1) }
        number_of[key] = tostring(#by_affiliation)
      end
      table.insert(entry.affiliations, { name = name, number = number_of[key] })
    end
    by_author[#by_author + 1] = entry
  end
  return by_author, by_affiliation
end

local function joined_names(names)
  local out = pandoc.Inlines {}
  for i, name in ipairs(names) do
    if i > 1 then out:extend { pandoc.Str ',', pandoc.Space() } end
    out:extend(name)
  end
  return out
end

local function docx_name(entry)
  local marks = {}
  for _, affiliation in ipairs(entry.affiliations) do marks[#marks + 1] = affiliation.number end
  local name = pandoc.Inlines(stringify(entry.name.literal))
  if #marks > 0 then name:insert(pandoc.Superscript(table.concat(marks, ','))) end
  return pandoc.MetaInlines(name)
end

-- Word has no template for these, so they become the first paragraphs.
local function docx_front(meta)
  local front = pandoc.Blocks {}
  for _, affiliation in ipairs(meta['by-affiliation']) do
    local text = pandoc.Inlines { pandoc.Superscript(affiliation.number), pandoc.Space() }
    front:insert(shared.styled('Affiliation', { pandoc.Para(text .. pandoc.Inlines(stringify(affiliation.name))) }))
  end
  if meta.abstract then
    front:insert(shared.styled('Abstract Title', { pandoc.Para 'Abstract' }))
    local blocks = pandoc.utils.type(meta.abstract) == 'Blocks'
    local abstract = blocks and meta.abstract or pandoc.Blocks { pandoc.Para(meta.abstract) }
    front:insert(shared.styled('Abstract', abstract))
    meta.abstract = nil
  end
  if meta.keywords then
    local words = {}
    for _, word in ipairs(meta.keywords) do words[#words + 1] = stringify(word) end
    local text = { pandoc.Strong 'Keywords:', pandoc.Space(), pandoc.Str(table.concat(words, '; ')) }
    front:insert(shared.styled('Abstract', { pandoc.Para(text) }))
  end
  return front
end

function Pandoc(doc)
  local meta = doc.meta
  local by_author, by_affiliation = read_authors(meta)
  meta['by-author'], meta['by-affiliation'] = by_author, by_affiliation
  local names = {}
  for i, entry in ipairs(by_author) do names[i] = pandoc.MetaInlines(pandoc.Inlines(stringify(entry.name.literal))) end
  meta['author-meta'] = #names > 0 and names or nil
  if shared.SLIDES and #names > 0 then
    meta.author = { pandoc.MetaInlines(joined_names(names)) }
  elseif FORMAT == 'docx' then
    local marked = {}
    for i, entry in ipairs(by_author) do marked[i] = docx_name(entry) end
    meta.author = #marked > 0 and { pandoc.MetaInlines(joined_names(marked)) } or nil
    doc.blocks = docx_front(meta) .. doc.blocks
  else
    meta.author = names
  end
  return doc
end
