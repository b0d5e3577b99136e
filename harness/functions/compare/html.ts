import { decodeHTMLStrict } from 'entities/decode';

/** A tag as it stands, or a text with its character references resolved. */
type Token = { readonly tag: string } | { readonly text: string };

/**
 * Compares tags and texts in their order. Texts are equal after their character references are resolved, because each
 * template engine escapes in a way of its own, but only within texts: markup that should have been escaped stays a tag,
 * and a reference without its semicolon stays as it is.
 */
export function differenceInHtml(got: string, expected: string): string | undefined {
  const ours = tokensOf(got);
  const theirs = tokensOf(expected);
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const [our, their] = [show(ours[index]), show(theirs[index])];
    if (our !== their) return `part ${index + 1} is ${our} instead of ${their}`;
  }
  return undefined;
}

function tokensOf(html: string): readonly Token[] {
  const parts = html.match(/<[^>]*>|[^<]+|</g) ?? [];
  return parts.flatMap((part): Token[] => {
    if (part.startsWith('<')) return [{ tag: part.replaceAll(/\s+/g, ' ') }];
    const folded = part.replaceAll(/\s+/g, ' ').trim();
    return folded === '' ? [] : [{ text: decodeHTMLStrict(folded) }];
  });
}

function show(token: Token | undefined): string {
  if (token === undefined) return 'missing';
  return 'tag' in token ? `the tag ${token.tag}` : `the text ${JSON.stringify(token.text)}`;
}
