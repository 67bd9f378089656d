-- Reads several Markdown texts in one run of pandoc and writes one JSON syntax tree per line.
-- Input: a JSON list of texts; run with `pandoc lua`.
for _, text in ipairs(pandoc.json.decode(io.read('a'), false)) do
  io.write(pandoc.write(pandoc.read(text, 'markdown-yaml_metadata_block'), 'json'), '\n')
end
