/* Filters of the evidence page. Tables and their filtering are DataTables' work (MIT licence, within this file). */
(function () {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const form = document.getElementById('filters');
  const found = document.getElementById('found');
  const field = name => form.elements[name] ? form.elements[name].value : '';
  const codeOf = new Map(data.codes.map((code, number) => [code[0], number]));
  const width = data.codes.length;
  const ranks = new Uint8Array(width * width);  // whether a code is another one or stands below it
  data.codes.forEach((code, number) => code[2].forEach(up => { ranks[number * width + up] = 1; }));
  const isA = (code, wanted) => code >= 0 && ranks[code * width + wanted] === 1;
  const related = (code, wanted) => isA(code, wanted) || isA(wanted, code);

  const claims = data.claims.map(claim => ({
    id: claim[0], state: claim[1], confidence: claim[2], cases: claim[3], codes: claim[4],
    article: document.getElementById(claim[0]),
  }));
  const segments = data.segments.map(segment => ({
    name: segment[0], case: segment[1], words: segment[2], term: segment[3], codings: segment[4], claims: [],
    said: `${segment[0]} ${segment[2]} ${segment[3]}`.toLowerCase(),
  }));
  const behind = new Map();  // code to the claims that rest on it or on one above it
  claims.forEach((claim, number) => {
    if (!claim.cases) return;
    data.codes.forEach((_, code) => {
      if (claim.codes.some(named => isA(code, named))) behind.set(code, [...(behind.get(code) || []), number]);
    });
  });
  segments.forEach(segment => {
    const mine = new Set();
    segment.codings.forEach(coding => (behind.get(coding[0]) || []).forEach(claim => mine.add(claim)));
    segment.claims = [...mine].sort((one, other) => one - other);
  });

  const escaped = text => text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);
  const link = (target, text, title) => `<a href="#${escaped(target)}" title="${escaped(title)}">${escaped(text)}</a>`;
  const codeLink = code => link(`code-${data.codes[code][0]}`, data.codes[code][0], data.codes[code][1]);
  const plain = show => (value, kind, row) => kind === 'display' ? show(row) : value;
  const named = coding => coding.slice(0, 2).filter(code => code >= 0).map(code => data.codes[code].slice(0, 2).join(' '));
  const columns = [
    { title: 'Segment', data: row => row.name, render: plain(row => escaped(row.name)) },
    { title: 'Case', data: row => data.cases[row.case], render: plain(row => escaped(data.cases[row.case])) },
    { title: 'What was said', data: row => `${row.words} ${row.term}`, className: 'words', render: plain(row =>
      (row.words ? escaped(row.words) : 'counted, not quoted') + (row.term ? `<span class="term">${escaped(row.term)}</span>` : '')) },
    { title: 'Codes', data: row => row.codings.map(coding => named(coding).join(' ')).join(' '), render: plain(row =>
      `<ul class="codes">${row.codings.map(coding => `<li>${codeLink(coding[0])}` +
        (coding[1] >= 0 ? ` for ${codeLink(coding[1])}` : '') +
        (coding[2] ? ` ${escaped(data.statuses[coding[2]])}` : '') + '</li>').join('')}</ul>`) },
    { title: 'Claims', data: row => row.claims.map(claim => claims[claim].id).join(' '), render: plain(row =>
      row.claims.map(claim => link(claims[claim].id, claims[claim].id, 'To this claim')).join(' ')) },
  ];
  const texts = { emptyTable: 'No segment may be shown here.', zeroRecords: 'No segment passes the filters.' };
  const layout = { topStart: 'info', topEnd: 'pageLength', bottomStart: null, bottomEnd: 'paging' };
  const place = document.getElementById('segment-table');
  const table = place && new DataTable(place, {
    data: segments, columns, layout, language: texts, deferRender: true, autoWidth: false, pageLength: 25, order: [],
    columnDefs: [{ targets: '_all', searchable: false }],
  });
  const numbers = document.getElementById('number-table');
  if (numbers) {
    new DataTable(numbers, { autoWidth: false, pageLength: 25, order: [],
      language: { search: 'Search in this table: ' },
      layout: { topStart: 'search', topEnd: 'pageLength', bottomStart: 'info', bottomEnd: 'paging' } });
  }
  for (const [within, label] of [['segment-table', 'Pages of segments'], ['number-table', 'Pages of results']]) {
    const pages = document.querySelector(`#${within}_wrapper nav`);
    if (pages) pages.setAttribute('aria-label', label);
  }

  const passes = new Uint8Array(segments.length);
  if (table) table.search.fixed('filters', (text, row, number) => passes[number] === 1);
  function chosen() {
    const number = name => field(name) === '' ? -1 : codeOf.get(field(name));
    return { case: field('case') === '' ? -1 : data.cases.indexOf(field('case')), benefit: number('benefit'),
      mechanism: number('mechanism'), status: field('status') === '' ? 0 : data.statuses.indexOf(field('status')),
      state: field('state'), confidence: field('confidence'), claim: field('claim'),
      words: field('words').toLowerCase().split(/\s+/).filter(word => word) };
  }
  function segmentPasses(segment, want) {
    if (want.case >= 0 && segment.case !== want.case) return false;
    if (want.benefit >= 0 || want.status) {
      if (!segment.codings.some(coding => (!want.status || coding[2] === want.status) && (want.benefit < 0 ||
        isA(coding[0], want.benefit) || (!want.status && isA(coding[1], want.benefit))))) return false;
    }
    if (want.mechanism >= 0 && !segment.codings.some(coding => isA(coding[0], want.mechanism))) return false;
    return want.words.every(word => segment.said.includes(word));
  }
  const claimIsOf = (claim, want) => (want.state === '' || claim.state === want.state) &&
    (want.confidence === '' || claim.confidence === want.confidence) && (want.claim === '' || claim.id === want.claim);

  function filter() {
    const want = chosen(), bySegments = want.case >= 0 || want.status > 0;
    // Claims from the cases behind which no segment was found yet.
    const waiting = new Set(bySegments ? [...claims.keys()].filter(number => claims[number].cases) : []);
    const ofClaims = want.state + want.confidence + want.claim !== '';
    const kept = claims.map(claim => claimIsOf(claim, want));
    let shown = 0;
    segments.forEach((segment, number) => {
      const passed = segmentPasses(segment, want);
      if (passed && waiting.size) segment.claims.forEach(claim => waiting.delete(claim));
      passes[number] = passed && (!ofClaims || segment.claims.some(claim => kept[claim])) ? 1 : 0;
    });
    claims.forEach((claim, number) => {
      const hides = !kept[number] || (bySegments && !claim.cases) || waiting.has(number) ||
        [want.benefit, want.mechanism].some(code => code >= 0 && !claim.codes.some(named => related(named, code)));
      claim.article.hidden = hides;
      shown += hides ? 0 : 1;
    });
    let said = `${shown} of ${claims.length} claims`;
    if (table) {
      table.draw();
      said += `, ${table.page.info().recordsDisplay} of ${segments.length} segments`;
    }
    found.textContent = said;
  }

  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('change', filter);
  form.addEventListener('input', event => { if (event.target.id === 'words') filter(); });
  form.addEventListener('reset', () => setTimeout(filter));
  document.addEventListener('click', event => {
    const button = event.target.closest('button[data-claim]');
    if (!button) return;
    form.reset();
    form.elements.claim.value = button.dataset.claim;
    filter();
    document.getElementById('segments').scrollIntoView();
    document.getElementById('segments').focus({ preventScroll: true });
  });

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || target.tagName !== 'ARTICLE') return;
    if (target.hidden) { form.reset(); filter(); }
    target.querySelectorAll('details').forEach(part => { part.open = true; });
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  }
  window.addEventListener('hashchange', follow);
  window.addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(part => { part.open = true; }));
  filter();
  follow();
})();
