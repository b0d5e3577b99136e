import { expect, test } from 'vitest';
import { bundlePage } from './bundle.ts';

const OWN = /^(reports\/(format|measures|html\/browser\/[\w-]+)|harness\/runs\/phases)\.ts$/;

test('the page’s script is made of browser code, of how numbers read and of what figures and phases there are, and of nothing else', () => {
  // Before each module's code stands its path, from the folder of this checkout wherever givre was started.
  const modules = [...bundlePage().matchAll(/^ {2}\/\/ (\S+\.[cm]?[jt]s)$/gm)].map(([, path]) => path);
  expect(modules).toContain('reports/html/browser/dom.ts');
  expect(modules.filter((path) => !OWN.test(path ?? ''))).toEqual([]);
});

test('the page’s script cannot end the element that it stands in, and needs neither modules nor Node', () => {
  const script = bundlePage();
  expect(script).toMatch(/^(?:"use strict";\n)?\(\(\) => \{\n/);
  expect(script).not.toMatch(/<\/script|<!--|\bimport\b[ (]|\brequire\(|^export\b/im);
});
