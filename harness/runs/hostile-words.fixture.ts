/** What each of these would do: drive a terminal, turn text around, run in a page or a spreadsheet, or break a row. */
export const hostileWords: readonly (readonly [string, string])[] = [
  ['clears the screen and colours', 'a\u001b[2J\u001b[31mred'],
  ['fills the clipboard (OSC 52)', '\u001b]52;c;cm0gLXJmIH4=\u0007'],
  ['begins a sequence with one byte', '\u009b2J'],
  ['turns text around', 'a\u202eb\u2066c\u200fd'],
  ['hides letters', 'a\u200b\u2060\ufeffb\u{e0041}'],
  ['is a script', '<script>alert(1)</script>'],
  ['ends a script', '</script><img src=x onerror=alert(1)>{{data}}<!--'],
  ['leaves an attribute', '" onmouseover="alert(1)" \' x=\''],
  ['is a formula', '=1+1'],
  ['is a formula where semicolons separate', 'x;=1+2'],
  ['is a formula after a tab', '\t=1+1'],
  ['is a formula after a carriage return', '\r=1+1'],
  ['is a formula after spaces', '  =1+1'],
  ['is a formula on the second line', 'a\n=1+1'],
  ['is a formula within quotes', 'a,"=1+1"'],
  ['is a formula in another width', '＝1+1'],
  ['is a formula of another kind', '@SUM(1);+1;-1|cmd'],
  ['has two lines', 'a\nb'],
  ['goes back to the beginning of the line', 'good\rbad '],
  ['ends a string in C', 'a\u0000b'],
  ['is half a character', 'a\ud800b\udc00'],
  ['ends a line of JavaScript', 'a\u2028=b\u2029c'],
];
/** All of them in one. */
export const allHostileWords = hostileWords.map(([, text]) => text).join(' ');
