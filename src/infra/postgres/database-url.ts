// What may stand behind the `?` of DATABASE_URL. Every parameter either does what it says or stops the start: the driver takes
// any name without a word, and some would undo what session-settings.ts fixes.

/** The driver does what they say. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['host', 'port', 'user', 'password', 'application_name'],
  ...['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation', 'uselibpqcompat'],
]);

const OURS = 'Take it out: the program sets this itself on every connection.';
const ADVICE: Readonly<Record<string, string>> = {
  options: OURS,
  client_encoding: OURS,
  encoding: OURS,
  timezone: OURS,
  statement_timeout: OURS,
  schema: 'The tables lie in the schema public: take it out, and use a database of its own instead of a schema.',
  pgbouncer: 'Take it out, and connect without a pooler in transaction mode: locks of the session are used.',
};

/** What is wrong with the URL, as the rest of a sentence; undefined when it can be used. Never shows a value. */
export const databaseUrlProblem = (text: string): string | undefined => {
  if (!URL.canParse(text)) return 'must be a URL such as postgres://user:password@host:5432/database';
  const url = new URL(text);
  for (const [name, value] of url.searchParams) {
    if (KNOWN.has(name)) continue;
    // What other tools write for the schema that is used anyway.
    if (name === 'schema' && value === 'public') continue;
    const advice = ADVICE[name] ?? `Take it out; known are ${[...KNOWN].join(', ')}.`;
    return `has a parameter "${name}" that is not supported. ${advice}`;
  }
  return undefined;
};
