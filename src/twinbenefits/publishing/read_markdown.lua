-- Reads several Markdown texts in one run of pandoc and writes one JSON syntax tree per line.
-- Input: {"format": …, "texts": […]}; run with `pandoc lua`.
local given = pandoc.json.decode(io.read('a'), false)
for _, text in ipairs(given.texts) do
  io.write(pandoc.write(pandoc.read(text, given.format), 'json'), '\n')
end
