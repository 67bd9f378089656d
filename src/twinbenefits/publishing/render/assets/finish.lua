-- finish.lua: runs last and leaves only the metadata a reader may see; pandoc writes every other
-- text, such as the path of the bibliography, into the properties of Word and PowerPoint files.
local KEPT = { title = true, subtitle = true, author = true, date = true, keywords = true, description = true, lang = true, abstract = true }

function Meta(meta)
  if FORMAT ~= 'docx' and FORMAT ~= 'pptx' then return end
  for key, _ in pairs(meta) do
    if not KEPT[key] then meta[key] = nil end
  end
  return meta
end
