import { element, table } from './dom.js';
import { cssColour } from './theme.js';

const charts = new Set();

/** Charts draw on canvases of the old page; they must go before their nodes do. */
export function destroyCharts() {
  for (const chart of charts) chart.destroy();
  charts.clear();
}

/**
 * A chart with its heading, a sentence for those who do not see it, the same data as a table, and a PNG button.
 * `config` is Chart.js configuration; colours of text and grid are filled in here.
 */
export function figure({ title, note, label, heightPx, config, data }) {
  const canvas = element('canvas', { role: 'img', 'aria-label': `${label} The table below holds the same data.` });
  const box = element('div', { class: 'canvas' }, canvas);
  box.style.height = `${heightPx}px`;
  let chart;
  const save = () => {
    const link = element('a', { href: chart.toBase64Image(), download: `${title.replace(/[^\w.-]+/g, '-')}.png` });
    link.click();
  };
  const node = element(
    'figure',
    {},
    element('figcaption', {}, element('strong', {}, title), note ? element('span', { class: 'note' }, note) : null),
    box,
    element(
      'div',
      { class: 'under' },
      tableOnDemand(title, data),
      element(
        'button',
        { type: 'button', class: 'quiet', onclick: save, 'aria-label': `Save as PNG: ${title}` },
        'PNG',
      ),
    ),
  );
  // A chart measures its place, so it is drawn when the figure is in the page.
  queueMicrotask(() => {
    chart = new Chart(canvas, themed(config));
    charts.add(chart);
  });
  return node;
}

/** Thousands of rows are only built for those who open them. */
function tableOnDemand(title, data) {
  const build = (event) => {
    const details = event.currentTarget;
    if (details.open && details.children.length === 1) details.append(table(title, data.head, data.rows, data.numeric));
  };
  return element('details', { ontoggle: build }, element('summary', {}, 'Data as a table'));
}

/** Paints the background, so that a saved picture is readable anywhere. */
const background = {
  id: 'background',
  beforeDraw: ({ ctx, width, height }) => {
    ctx.save();
    ctx.fillStyle = cssColour('paper');
    ctx.fillRect(0, 0, width, height);
    ctx.restore();
  },
};

function themed(config) {
  const [ink, muted, line] = ['ink', 'muted', 'line'].map(cssColour);
  const scales = {};
  for (const [name, scale] of Object.entries(config.options.scales ?? {})) {
    scales[name] = {
      ...scale,
      grid: { color: line, ...scale.grid },
      border: { color: line },
      ticks: { color: muted, ...scale.ticks },
      title: { display: Boolean(scale.title?.text), color: muted, ...scale.title },
    };
  }
  const labels = { color: ink, boxWidth: 12, boxHeight: 12, ...config.options.plugins?.legend?.labels };
  const legend = { position: 'bottom', labels };
  return {
    ...config,
    plugins: [background, ...(config.plugins ?? [])],
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      font: { family: 'system-ui, sans-serif' },
      ...config.options,
      scales,
      plugins: { ...config.options.plugins, legend },
    },
  };
}
