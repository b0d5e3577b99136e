import type { PageData } from '../page-data.ts';
import { renderAbout } from './about.ts';
import { renderCapacity } from './capacity.ts';
import { renderComparison } from './comparison.ts';
import { renderDistribution } from './distribution.ts';
import { byId, element, nodesOf, type Section } from './dom.ts';
import { renderBanner, renderFacts } from './facts.ts';
import { destroyCharts } from './figure.ts';
import { renderBursts, renderFootprint } from './life.ts';
import { renderLoad, renderSent } from './load.ts';
import { renderLoadComparison } from './load-comparison.ts';
import { renderLoadShape } from './load-shape.ts';
import { renderLoadTime } from './load-time.ts';
import { renderMachine, renderMemory } from './machine.ts';
import { renderFirstAnswers, renderPhases } from './phases.ts';
import { renderDensity, renderQueues } from './queue-density.ts';
import { renderResults } from './results.ts';
import { choicesOf, FILTERS, type Filter, type Page, readState, type State, toggled, writeState } from './state.ts';

/** The page's script and its data were written by the same givre. */
const given: PageData = JSON.parse(byId('data').textContent);
const data: Page = { ...given, choices: choicesOf(given.summary) };
const current = (): State => readState(location.hash, data.choices);

/** The address is the only place where the view is kept; changing it draws the page. */
function change(part: Partial<State>): void {
  location.replace(writeState({ ...current(), ...part }, data.choices));
}

function sortBy(id: string): void {
  const state = current();
  change({ sort: id, descending: state.sort === id && !state.descending });
}

function fill(id: string, nodes: Section): void {
  const section = byId(id);
  section.hidden = nodes === null;
  byId(`${id}-body`).replaceChildren(...nodesOf(nodes));
}

let drawn = '';

/** Draws what the address asks for; where only the order of rows has changed, only them. */
function draw(): void {
  const state = current();
  const focused = focusedName();
  const view = writeState({ ...state, sort: null }, data.choices);
  fill('results', renderResults(data, state, sortBy));
  fill('load', renderLoad(data, state, sortBy));
  if (view !== drawn) drawCharts(state);
  drawn = view;
  // Whoever works with the keyboard stays where they were although the control was made anew.
  if (focused !== '') {
    const again = document.querySelector(`[data-sort="${CSS.escape(focused)}"], #${CSS.escape(focused)}`);
    if (again instanceof HTMLElement) again.focus();
  }
}

function focusedName(): string {
  const { activeElement } = document;
  const sort = activeElement instanceof HTMLElement ? activeElement.dataset.sort : undefined;
  return sort ?? activeElement?.id ?? '';
}

function drawCharts(state: State): void {
  destroyCharts();
  byId('filters').replaceChildren(...filterFields(state));
  fill('comparison', renderComparison(data, state));
  fill('phases', renderPhases(data, state));
  fill(
    'distribution',
    renderDistribution(data, state, (log) => change({ log })),
  );
  fill('first-answers', renderFirstAnswers(data, state));
  fill('sent', renderSent(data));
  fill('load-comparison', renderLoadComparison(data, state));
  fill('capacity', renderCapacity(data, state));
  fill('load-shape', renderLoadShape(data, state));
  fill(
    'load-time',
    renderLoadTime(data, state, (trial) => change({ trial })),
  );
  fill('burst', renderBursts(data, state));
  fill('queue', renderQueues(data, state));
  fill('density', renderDensity(data, state));
  fill('machine', renderMachine(data, state));
  fill('footprint', renderFootprint(data, state));
  fill('memory', renderMemory(data, state));
}

/** The same view in other colours. */
function redraw(): void {
  drawn = '';
  draw();
}

function filterFields(state: State): HTMLElement[] {
  return FILTERS.filter((key) => data.choices[key].length > 1).map((key) =>
    element(
      'fieldset',
      {},
      element('legend', {}, key),
      data.choices[key].map((value, i) => {
        const box: HTMLInputElement = element('input', {
          type: 'checkbox',
          id: `${key}-${i}`,
          value,
          onchange: () => toggle(key, value),
        });
        const chosen: readonly string[] = state[key];
        box.checked = chosen.includes(value);
        return element('label', { class: box.checked ? 'chosen' : null }, box, ` ${value}`);
      }),
    ),
  );
}

function toggle(key: Filter, value: string): void {
  change(toggled(current(), data.choices, key, value));
}

function start(): void {
  byId('facts').replaceChildren(...nodesOf(renderFacts(data)));
  byId('banner').replaceChildren(...nodesOf(renderBanner(data)));
  fill('about', renderAbout(data));
  byId('foot').replaceChildren(
    element(
      'p',
      {},
      `givre ${data.summary.manifest.givreVersion} · run ${data.summary.manifest.runId} · charts by Chart.js (MIT)`,
    ),
  );
  draw();
  if (byId('results').hidden) byId('skip').setAttribute('href', '#load');
  addEventListener('hashchange', draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  // Canvases keep their colours on paper, so they are drawn anew in the light ones.
  addEventListener('beforeprint', () => {
    document.documentElement.setAttribute('data-print', '');
    redraw();
  });
  addEventListener('afterprint', () => {
    document.documentElement.removeAttribute('data-print');
    redraw();
  });
}

start();
