import { renderAbout, renderBanner, renderFacts } from './about.js';
import { renderCapacity } from './capacity.js';
import { renderComparison } from './comparison.js';
import { renderDistribution } from './distribution.js';
import { byId, element } from './dom.js';
import { destroyCharts } from './figure.js';
import { renderBursts, renderFootprint } from './life.js';
import { renderLoad, renderLoadComparison, renderSent } from './load.js';
import { renderLoadShape } from './load-shape.js';
import { renderLoadTime } from './load-time.js';
import { renderMachine, renderMemory } from './machine.js';
import { renderFirstAnswers, renderPhases } from './phases.js';
import { renderDensity, renderQueues } from './queue-density.js';
import { renderResults } from './results.js';
import { choicesOf, FILTERS, readState, writeState } from './state.js';

const data = JSON.parse(byId('data').textContent);
data.choices = choicesOf(data.summary);
const current = () => readState(location.hash, data.choices);

/** The address is the only place where the view is kept; changing it draws the page. */
function change(part) {
  location.replace(writeState({ ...current(), ...part }, data.choices));
}

function sortBy(id) {
  const state = current();
  change({ sort: id, descending: state.sort === id && !state.descending });
}

function fill(id, nodes) {
  const section = byId(id);
  section.hidden = nodes === null;
  byId(`${id}-body`).replaceChildren(...(nodes ?? []).flat(Number.POSITIVE_INFINITY).filter((node) => node !== null));
}

let drawn = '';

/** Draws what the address asks for; where only the order of rows has changed, only them. */
function draw() {
  const state = current();
  const focused = document.activeElement?.dataset?.sort ?? document.activeElement?.id;
  const view = writeState({ ...state, sort: null }, data.choices);
  fill('results', renderResults(data, state, sortBy));
  fill('load', renderLoad(data, state, sortBy));
  if (view !== drawn) drawCharts(state);
  drawn = view;
  // Whoever works with the keyboard stays where they were although the control was made anew.
  if (focused) document.querySelector(`[data-sort="${CSS.escape(focused)}"], #${CSS.escape(focused)}`)?.focus();
}

function drawCharts(state) {
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
function redraw() {
  drawn = '';
  draw();
}

function filterFields(state) {
  return FILTERS.filter((key) => data.choices[key].length > 1).map((key) =>
    element(
      'fieldset',
      {},
      element('legend', {}, key),
      data.choices[key].map((value, i) => {
        const box = element('input', {
          type: 'checkbox',
          id: `${key}-${i}`,
          value,
          onchange: () => toggle(key, value),
        });
        box.checked = state[key].includes(value);
        return element('label', { class: box.checked ? 'chosen' : null }, box, ` ${value}`);
      }),
    ),
  );
}

function toggle(key, value) {
  const chosen = current()[key];
  const next = chosen.includes(value) ? chosen.filter((it) => it !== value) : [...chosen, value];
  change({ [key]: data.choices[key].filter((it) => next.includes(it)) });
}

function start() {
  byId('facts').replaceChildren(...renderFacts(data).filter((node) => node !== null));
  byId('banner').replaceChildren(...renderBanner(data));
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
