// Makes the Prisma client below any folder, without the schema engine that Prisma would otherwise try to download.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, runCommand } from '../processes/run-command.ts';

export const GENERATED_FOLDER = 'src/infra/postgres/generated';

/** Writes `<root>/src/infra/postgres/generated`; with another root than the project's the schema is copied there first. */
export const prismaGenerate = async (root: string): Promise<void> => {
  const schema = join(root, 'prisma/schema.prisma');
  if (root !== projectRoot) {
    mkdirSync(join(root, 'prisma'), { recursive: true });
    cpSync(join(projectRoot, 'prisma/schema.prisma'), schema);
  }
  const { exitCode, output } = await runCommand('prisma', ['generate', '--schema', schema], {
    // Only an existing executable is asked for: generating never runs the engine.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
  });
  if (exitCode !== 0) throw new Error(`prisma generate failed:\n${output}`);
};
