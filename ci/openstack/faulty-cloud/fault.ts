import { usageError } from '../../../harness/core/errors.ts';
import type { Exchange } from './exchange.ts';

/** One way in which a cloud, or what stands in front of it, goes wrong. */
export interface Fault {
  /** For people: what it does, and what VALUE means. */
  readonly does: string;
  /** Undefined: it takes no value. */
  readonly defaultValue: number | string | undefined;
  /** @throws GivreError `E_FAULT_RULE` for a value that it does not take. */
  check(value: Value): void;
  /** `value` has been checked. */
  act(exchange: Exchange, value: Value): Promise<void>;
}

type Value = string | number | undefined;

export function fault(does: string, act: (exchange: Exchange) => Promise<void>): Fault {
  const check = (value: Value): void => {
    if (value !== undefined) throw usageError('E_FAULT_RULE', `the fault takes no value: ${value} (${does})`);
  };
  return { does, defaultValue: undefined, check, act };
}

/** A fault whose VALUE is a number; on the command line it comes as text. */
export function faultOfNumber(
  does: string,
  defaultValue: number,
  act: (exchange: Exchange, value: number) => Promise<void>,
): Fault {
  const check = (value: Value): void => {
    if (Number.isFinite(Number(value ?? 0))) return;
    throw usageError('E_FAULT_RULE', `the fault's value must be a number: ${value} (${does})`);
  };
  return { does, defaultValue, check, act: (it, value) => act(it, Number(value ?? defaultValue)) };
}

export function faultOfText(
  does: string,
  defaultValue: string,
  act: (exchange: Exchange, value: string) => Promise<void>,
): Fault {
  return { does, defaultValue, check: () => {}, act: (it, value) => act(it, String(value ?? defaultValue)) };
}
