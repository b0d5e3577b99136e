/** At most twice this much is kept, the end: enough for any message, and no program can fill our memory. */
const KEPT_CHARACTERS = 8 * 2 ** 20;

/** Collects a stream as text, handing out whole lines on the way. */
export function collect(stream: NodeJS.ReadableStream, onLine: (line: string) => void): () => string {
  let text = '';
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > 2 * KEPT_CHARACTERS) text = text.slice(-KEPT_CHARACTERS);
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-KEPT_CHARACTERS);
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
  return () => text;
}
