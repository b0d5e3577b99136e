// Every node of the page is made here: foreign text only ever becomes a text node or an attribute value.

const SVG = 'http://www.w3.org/2000/svg';

/** An element. `attributes`: `class`, `onclick` and other listeners, anything else as an attribute; null leaves it out. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Number.POSITIVE_INFINITY).filter((child) => child !== null && child !== undefined));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

/** A plain table: `head` is a list of words, `rows` of lists of words or nodes; the first cell of a row names it. */
export function table(caption, head, rows, numeric = []) {
  const kind = (column) => (numeric.includes(column) ? 'number' : null);
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', { class: 'hidden' }, caption),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          head.map((word, i) => element('th', { scope: 'col', class: kind(i) }, word)),
        ),
      ),
      element(
        'tbody',
        {},
        rows.map((row) =>
          element(
            'tr',
            {},
            row.map((cell, i) =>
              i === 0 ? element('th', { scope: 'row' }, cell) : element('td', { class: kind(i) }, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

/** Lets the reader save text as a file; nothing leaves the machine. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = element('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
