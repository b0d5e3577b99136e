const FACTORS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
]);

const FORM = /^\+?(?<number>\d+\.?\d*|\.\d+)(?:[eE](?<exponent>[+-]?\d{1,3})|(?<suffix>[A-Za-z]*))$/;

/**
 * A Kubernetes quantity that is not negative, such as `250m`, `.5Gi`, `1e9` or `128Mi`, as a number; null for what is
 * none there.
 *
 * Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
 */
export function quantity(text: string): number | null {
  const { number, exponent, suffix = '' } = FORM.exec(text)?.groups ?? {};
  const factor = exponent === undefined ? FACTORS.get(suffix) : 10 ** Number(exponent);
  const value = number === undefined || factor === undefined ? Number.NaN : Number(number) * factor;
  return Number.isFinite(value) ? value : null;
}

/** The same in bytes. A fraction of a byte is rounded up, as `resource.Quantity.Value` does. */
export function quantityBytes(text: string): number | null {
  const value = quantity(text);
  return value === null ? null : Math.ceil(value);
}
