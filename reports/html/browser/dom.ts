// Every node of the page is made here: foreign text only ever becomes a text node or an attribute value.

const SVG = 'http://www.w3.org/2000/svg';

/** What an element may hold: text, nodes, lists of them to any depth; null is nothing. */
export type Content = Node | string | null | readonly Content[];

/** What stands in a section of the page; null hides it with its heading. */
export type Section = readonly Content[] | null;

/** `onclick` and other listeners, anything else as an attribute; null and false leave it out, true gives it no value. */
type Attributes = Readonly<Record<string, string | number | boolean | null | ((event: Event) => void)>>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Content[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Content[]
): SVGElementTagNameMap[Tag] {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled<T extends Element>(node: T, attributes: Attributes, children: readonly Content[]): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...nodesOf(children));
  return node;
}

/** The same without lists and nothings. */
export function nodesOf(content: Content): (Node | string)[] {
  if (content === null) return [];
  if (typeof content === 'string' || content instanceof Node) return [content];
  return content.flatMap(nodesOf);
}

/** @throws Error where the template has no such element */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}

/** A plain table; the first cell of a row names it, and the columns in `numeric` are numbers. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Content[])[],
  numeric: readonly number[] = [],
): HTMLElement {
  const kind = (column: number): string | null => (numeric.includes(column) ? 'number' : null);
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
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = element('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
