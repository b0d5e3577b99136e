import type { CloudsCase } from './clouds-cases.fixture.ts';

interface Difference {
  /** `request.body.auth.scope.project.id`, or `outcome` where one of both refuses: then the words of the error. */
  readonly path: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

interface Deviation {
  readonly id: string;
  readonly reason: string;
  readonly explains: (difference: Difference, it: CloudsCase) => boolean;
}

/** What YAML 1.1, which PyYAML reads, makes of a plain scalar that is no text to it. */
const OLD_YAML =
  /^([-+]?[0-9][0-9_]*|0x[0-9a-f_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+|[-+]?([0-9][0-9_]*)?\.[0-9_]*|\d{4}-\d\d?-\d\d?|yes|no|on|off|true|false)$/i;
const FALSE = /: (no|off|false)$/im;

const matches = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);
const isWord = ({ path }: Difference): boolean => path !== 'outcome';
const says = (it: CloudsCase, pattern: RegExp): boolean =>
  [it.clouds, it.secure, it.public, ...Object.keys(it.env)].some((text) => pattern.test(text ?? ''));
/** We go on where openstacksdk refuses with such words, and the other way round. */
const theyRefuse = ({ path, ours, theirs }: Difference, pattern: RegExp): boolean =>
  path === 'outcome' && ours === '' && matches(theirs, pattern);
const weRefuse = ({ path, ours, theirs }: Difference, pattern: RegExp): boolean =>
  path === 'outcome' && theirs === '' && matches(ours, pattern);

/** Where clouds files and variables are read otherwise than by openstacksdk 4.22.0, on purpose. */
export const deviations: readonly Deviation[] = [
  {
    id: 'text as written',
    reason: 'a password 0123 or an id 1_000 is a text; PyYAML makes numbers, booleans and dates of such',
    explains: (it, words) =>
      (isWord(it) && matches(it.ours, OLD_YAML) && it.theirs !== undefined) ||
      // What is false to Python is not there to openstacksdk, and what would have gone with it neither.
      (says(words, FALSE) && (it.path.startsWith('request.body') || theyRefuse(it, /required|must provide|auth.url/))),
  },
  {
    id: 'equals sign',
    reason: 'PyYAML gives up a whole file for a plain =, and openstacksdk goes on without it',
    explains: (it, words) => theyRefuse(it, /was not found|auth.url/) && says(words, /: =$/m),
  },
  {
    id: 'empty is absent',
    reason: 'an empty text or null is the same as nothing, and hides nothing that stands elsewhere',
    explains: (it, words) =>
      it.theirs === 'None' ||
      // In the place of a name or an id that is None to openstacksdk stands ours.
      (it.path.startsWith('request.body') && it.theirs === undefined && says(words, /[-_](id|name): *(~|null)?$/m)) ||
      (it.path === 'verify' && !it.theirs && says(words, /(verify): *(''|""|~|null)?$/m)) ||
      (it.path.startsWith('services.') && says(words, /region_name: (''|"")$/m)) ||
      (theyRefuse(it, /FixedEndpointPlugin/) && (says(words, /auth.type: ~$/m) || words.env.OS_AUTH_TYPE === '')),
  },
  {
    id: 'words for truth',
    reason: '"true" in quotes is no file, and "yes" in quotes is no no',
    explains: ({ path }, it) => path === 'verify' && says(it, /(verify|insecure): ['"](true|false|yes)/),
  },
  {
    id: 'home folder',
    reason: '~ is the home folder in "verify" as it is in "cacert"',
    explains: ({ path, theirs }) => path === 'verify' && matches(theirs, /^~/),
  },
  {
    id: 'braces',
    reason: 'auth_url has values in braces wherever it stands, auth-url too; only words that are read need the values',
    explains: (it) =>
      (it.path === 'request.url' && matches(it.theirs, /[{}]|%7B%7B/)) ||
      weRefuse(it, /has no value there/) ||
      theyRefuse(it, /^KeyError/),
  },
  {
    id: 'v2.0',
    reason: 'old addresses end in /v2.0, where there is no /v3 below',
    explains: ({ path, theirs }) => path === 'request.url' && matches(theirs, /\/v2\.0\/+v3\//),
  },
  {
    id: 'default domain',
    reason: 'a name without a domain is one of the domain "default", as for the command line client',
    explains: (it) =>
      (/domain\.id$/.test(it.path) && it.ours === 'default' && it.theirs === undefined) ||
      theyRefuse(it, /only unique within a domain/),
  },
  {
    id: 'implied auth_type',
    reason: 'an application credential or a token says by itself what it is',
    explains: (it, words) =>
      theyRefuse(it, /Password.* unexpected keyword argument '(application_credential|token)/) ||
      (theyRefuse(it, /password is a required/) && says(words, /application.credential/i)),
  },
  {
    id: 'words of another kind',
    reason: 'a token needs no user, an application credential no default domain: what is known is left alone',
    explains: (it) =>
      theyRefuse(it, /(Token|Password|ApplicationCredential)\W.* unexpected keyword argument '(user|default|password)/),
  },
  {
    id: 'missing words',
    reason: 'what is missing is said before Keystone is asked, and machines need a project',
    explains: (it) => weRefuse(it, /has no (username|password|token|project_name|application_credential)/),
  },
  {
    id: 'other ways to sign in',
    reason: 'only passwords, tokens and application credentials are supported',
    explains: (it) => weRefuse(it, /is not supported/),
  },
  {
    id: 'scope of an application credential',
    reason: 'its project is part of it, and Keystone answers 400 when a scope is sent along',
    explains: ({ path, ours }, it) =>
      path.startsWith('request.body.auth.scope') && ours === undefined && says(it, /application.credential/i),
  },
  {
    id: 'a token as it is',
    reason: 'a token that names no project has one already, and exchanging it would lose that',
    explains: ({ path, ours }, it) =>
      path.startsWith('request.body.auth.scope.domain') && ours === undefined && says(it, /token/i),
  },
  {
    id: 'another region',
    reason: 'the only region of an entry may be another by --region: the catalog decides whether it is there',
    explains: (it) => theyRefuse(it, /is not a valid region name/),
  },
  {
    id: 'regions of a profile',
    reason: 'the region_name of a profile may be a list, have commas or a dash, as that of an entry may',
    explains: (it, words) =>
      (/^(services|request\.url)/.test(it.path) || theyRefuse(it, /sequence item/)) &&
      /region-name|region_name: (\[|"south,)/.test(words.public ?? ''),
  },
  {
    id: 'OS_REGION_NAME',
    reason: 'it chooses a region of any cloud, as for the command line client',
    explains: (it, { env, cloud }) => {
      const isOfFile = !('OS_AUTH_URL' in env) || cloud !== null;
      if (env.OS_REGION_NAME === undefined || !isOfFile) return false;
      return /^(services|request\.url|verify$)/.test(it.path) || weRefuse(it, /has no region/);
    },
  },
  {
    id: 'variables of no cloud',
    reason: 'OS_COMPUTE_API_VERSION and its like, set for something else, do not hide the clouds of the file',
    explains: (it, { env }) => 'OS_COMPUTE_API_VERSION' in env && theyRefuse(it, /auth.url/),
  },
];
