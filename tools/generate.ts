// `npm run generate`: everything in the repository that is made from something else: the Prisma client and docs/errors.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../processes/run-command.ts';
import { ERRORS_PAGE, errorsPage } from './errors-page.ts';
import { GENERATED_FOLDER, prismaGenerate } from './prisma-generate.ts';

await prismaGenerate(projectRoot);
console.log(`${GENERATED_FOLDER} from prisma/schema.prisma`);
writeFileSync(join(projectRoot, ERRORS_PAGE), errorsPage());
console.log(`${ERRORS_PAGE} from src/protocol/error-codes.ts`);
