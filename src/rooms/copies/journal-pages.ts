// A room's journal from one commit on, page by page: whatever it has grown to, no more than a page is in memory at a time.
import type { StoredCommit } from '../../room/commands.ts';
import { COMMITS_A_READ, type Journal } from '../ports.ts';

/** Versions after `since`, oldest first; no page is empty. What is committed meanwhile may still come. */
export async function* journalPages(
  journal: Pick<Journal, 'commits'>,
  roomId: string,
  since = 0,
): AsyncGenerator<StoredCommit[], void> {
  for (let after = since; ; ) {
    const page = await journal.commits(roomId, after);
    const last = page.at(-1);
    if (!last) return;
    yield page;
    if (page.length < COMMITS_A_READ) return;
    after = last.version;
  }
}
