/** One package that a function's image was built with. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly ecosystem: 'cargo' | 'go' | 'npm' | 'pypi' | 'maven';
}
