import { usageError } from '../../../harness/core/errors.ts';
import { seededRandom } from '../../../harness/core/random.ts';
import { type FaultName, faults, isFaultName } from './faults.ts';

/** Which requests meet which fault. Every part of the matcher that is absent matches everything. */
export interface Rule {
  readonly fault: FaultName;
  /** What it means is said by each fault. */
  readonly value?: string | number;
  readonly method?: string;
  readonly service?: string;
  /** Tested against the path without the query. */
  readonly path?: RegExp;
  /** Tested against the query without the question mark, decoded. */
  readonly query?: RegExp;
  /** Only from this matching request on; the first is 1. */
  readonly nth?: number;
  /** At most so many requests; without it, all. */
  readonly times?: number;
  /** 0 to 1; drawn anew for every matching request. */
  readonly probability?: number;
  /** For `probability`; default 1. */
  readonly seed?: number;
}

/** A rule at work. */
export interface Injection {
  readonly rule: Rule;
  /** Requests that met the fault so far. */
  readonly hits: number;
  /** Later requests do not meet it. */
  remove(): void;
}

interface Request {
  readonly method: string;
  readonly service: string;
  readonly url: URL;
}

export interface RuleBook {
  add(rule: Rule): Injection;
  clear(): void;
  /** The first rule that applies. Every rule that matches counts the request for its `nth`. */
  choose(request: Request): Rule | undefined;
}

export function ruleBook(): RuleBook {
  const active = new Set<{ hits: number; readonly rule: Rule; readonly wants: (request: Request) => boolean }>();
  return {
    add(rule) {
      faults[rule.fault].check(rule.value);
      const entry = { rule, hits: 0, wants: matcher(rule) };
      active.add(entry);
      return {
        rule,
        get hits() {
          return entry.hits;
        },
        remove: () => void active.delete(entry),
      };
    },
    clear: () => active.clear(),
    choose(request) {
      const wanting = [...active].filter((it) => it.wants(request));
      const chosen = wanting.find((it) => it.hits < (it.rule.times ?? Number.POSITIVE_INFINITY));
      if (chosen !== undefined) chosen.hits += 1;
      return chosen?.rule;
    },
  };
}

function matcher(rule: Rule): (request: Request) => boolean {
  const random = seededRandom(rule.seed ?? 1);
  let matches = 0;
  return ({ method, service, url }) => {
    if (rule.method !== undefined && rule.method !== method) return false;
    if (rule.service !== undefined && rule.service !== service) return false;
    if (rule.path !== undefined && !rule.path.test(url.pathname)) return false;
    if (rule.query !== undefined && !rule.query.test(decodedQuery(url))) return false;
    matches += 1;
    return matches >= (rule.nth ?? 1) && random() < (rule.probability ?? 1);
  };
}

function decodedQuery(url: URL): string {
  return [...url.searchParams].map(([name, value]) => `${name}=${value}`).join('&');
}

/** How a rule is written on the command line. */
export const RULE_SHAPE = 'FAULT[=VALUE][:[METHOD] [SERVICE] [PATH] [nth=N] [times=N] [probability=P] [seed=N]]';
const METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE)$/;
const OPTION = /^(nth|times|probability|seed)=(\d+(?:\.\d+)?)$/;

/**
 * A rule as it is written on the command line: `lost-answer:POST compute /servers$ times=1`. A word that begins with
 * `/` or `^` is the path, a word in capitals the method.
 *
 * @throws GivreError `E_FAULT_RULE`, exit code 2.
 */
export function parseRule(text: string): Rule {
  const [, name = '', value, rest = ''] = /^([^=:]*)(?:=([^:]*))?(?::(.*))?$/.exec(text) ?? [];
  if (!isFaultName(name)) {
    throw usageError('E_FAULT_RULE', `there is no fault "${name}" in "${text}"`, '--list shows all of them');
  }
  let rule: Rule = value === undefined ? { fault: name } : { fault: name, value };
  for (const word of rest.split(/\s+/).filter((it) => it !== '')) {
    const [, option, amount] = OPTION.exec(word) ?? [];
    if (METHOD.test(word)) rule = { ...rule, method: word };
    else if (option !== undefined) rule = { ...rule, [option]: Number(amount) };
    else if (/^[/^]/.test(word)) rule = { ...rule, path: pattern(word, text) };
    else if (/^[a-z][a-z-]*$/.test(word)) rule = { ...rule, service: word };
    else throw usageError('E_FAULT_RULE', `"${word}" in "${text}" is no part of a rule`, `a rule is ${RULE_SHAPE}`);
  }
  faults[name].check(rule.value);
  return rule;
}

function pattern(word: string, text: string): RegExp {
  try {
    return new RegExp(word);
  } catch (cause) {
    throw usageError('E_FAULT_RULE', `"${word}" in "${text}" is no regular expression`, String(cause));
  }
}
