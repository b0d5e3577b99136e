import type { AsyncSample, LoadSample } from '../runs/schema.ts';

/** "rust-hello by gateway at 100/s", in the words of verdicts. */
export function measurementName(measured: LoadSample | AsyncSample): string {
  if (measured.kind === 'async') return `${measured.function} asynchronously at ${measured.ratePerSecond}/s`;
  const { function: name, path, arrivals, payloadBytes } = measured;
  const load = loadOf(arrivals);
  return `${name} by ${path} at ${load}${payloadBytes === 0 ? '' : ` with ${payloadBytes} bytes`}`;
}

function loadOf(arrivals: LoadSample['arrivals']): string {
  switch (arrivals.kind) {
    case 'constant':
      return `${arrivals.ratePerSecond}/s`;
    case 'ramping':
      return `${arrivals.fromPerSecond} to ${arrivals.toPerSecond}/s`;
    case 'closed':
      return `${arrivals.connections} connections`;
  }
}
