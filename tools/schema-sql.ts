// The SQL that leads to prisma/schema.prisma, from nothing or from an older schema file, made by Prisma's engine as WebAssembly:
// its command line would download a binary. It asks the database only for its version and changes nothing there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { projectRoot } from '../processes/run-command.ts';

const SCHEMA_FILE = join(projectRoot, 'prisma/schema.prisma');

/** The part of the engine's glue code that is used here. */
interface EngineGlue {
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
  readonly SchemaEngine: {
    // Not a constructor: a static method of that name.
    readonly new: (
      options: { datamodels: [string, string][] },
      log: (line: string) => void,
      adapter: unknown,
    ) => Promise<{ diff(request: unknown): Promise<{ stdout: string | null }> }>;
  };
}

const loadEngine = async (): Promise<EngineGlue> => {
  const folder = join(projectRoot, 'node_modules/@prisma/schema-engine-wasm');
  const glue: EngineGlue = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href);
  const bytes = readFileSync(join(folder, 'schema_engine_bg.wasm'));
  const imports = { './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports };
  const { instance } = await WebAssembly.instantiate(bytes, imports);
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === 'function') start();
  return glue;
};

/** `from`: an older schema file; nothing when left out. */
export const schemaSql = async (databaseUrl: string, from?: string): Promise<string> => {
  const content = readFileSync(SCHEMA_FILE, 'utf8');
  const { SchemaEngine } = await loadEngine();
  const datamodel = (path: string, text: string) => ({
    tag: 'schemaDatamodel',
    files: [{ path, content: text }],
    configDir: '.',
  });
  const pool = new pg.Pool({ connectionString: databaseUrl });
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
    const engine = await SchemaEngine.new({ datamodels: [['schema.prisma', content]] }, () => {}, adapter);
    const { stdout } = await engine.diff({
      from: from === undefined ? { tag: 'empty' } : datamodel('old.prisma', readFileSync(from, 'utf8')),
      to: datamodel('schema.prisma', content),
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
      shadowDatabaseUrl: null,
    });
    return stdout ?? '';
  } finally {
    await pool.end();
  }
};
