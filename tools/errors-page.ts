// docs/errors.md is made from the one table of refusals, so that it cannot differ from it.
import { ERROR_CODES } from '../src/protocol/error-codes.ts';

export const ERRORS_PAGE = 'docs/errors.md';

const cell = (text: string): string => text.replaceAll('|', '\\|');

export const errorsPage = (): string => {
  const rows = Object.entries(ERROR_CODES).map(([code, { status, retryable, en, ko }]) => {
    const again = retryable ? 'retryable' : 'final';
    return `| \`${code}\` | ${status} | ${again} | ${cell(en)} | ${cell(ko)} |`;
  });
  return `# Error codes

Made by \`npm run generate\` from src/protocol/error-codes.ts; do not edit.

Every refusal of the REST API (\`{error: {code, message, retryable, requestId, ...}}\`), of a socket acknowledgement
(\`{ok: false, error: {code, message, retryable}}\`) and of a socket connection (\`connect_error\` with \`data.code\`) has one of
these codes. **final**: the same request will never succeed, change it or stop. **retryable**: the same request may succeed
later, unchanged; where \`retryAfterMs\` is given, wait that long. Messages come in the study's language on
sockets, and in the language that \`Accept-Language\` asks for over REST, Korean or English; \`{name}\` is filled in. \`invalid_request\`
comes with 400 where the request cannot even be read (no JSON, no UTF-8). Programs go by the code, never by the message.

| code | HTTP status | | English | Korean |
|---|---|---|---|---|
${rows.join('\n')}
`;
};
