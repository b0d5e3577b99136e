const FACTORS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['m', 1e-3],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
]);

/**
 * Bytes of a Kubernetes quantity such as `128Mi`, `1.5G` or `300000k`; null for what is none there. A fraction of a byte
 * is rounded up, as `resource.Quantity.Value` does.
 */
export function quantityBytes(text: string): number | null {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = FACTORS.get(suffix);
  return number === undefined || factor === undefined ? null : Math.ceil(Number(number) * factor);
}
