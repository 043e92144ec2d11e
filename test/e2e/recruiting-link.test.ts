// Links of recruiting services: the id of a filled one is the participant's, an unfilled one stops nobody and opens nobody's seat.
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { createResearcherApi, type ResearcherApi } from '../../src/client/index.ts';
import { openConsole } from '../support/browser/open-console.ts';
import { useServerAndBrowser } from '../support/browser/server-and-browser.ts';
import { describeWithChromium } from '../support/describe-with-program.ts';

const TEMPLATE = '{{%PROLIFIC_PID%}}';

describeWithChromium('a link of a recruiting service', () => {
  const here = useServerAndBrowser();
  let api: ResearcherApi;
  beforeAll(async () => {
    api = createResearcherApi({ serverUrl: here.server.url, key: here.server.researcherKey });
  });

  /** Somebody with a browser of their own. */
  const come = async (link: string, nickname: string): Promise<{ page: Page; warnings: string[] }> => {
    const page = await (await here.browser.newContext({ locale: 'en-US', permissions: ['microphone'] })).newPage();
    const warnings: string[] = [];
    page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
    await page.goto(link);
    await page.getByTestId('nickname-input').fill(nickname);
    await page.getByTestId('join-button').click();
    await page.getByTestId('mic-allow-button').click();
    await page.getByTestId('mic-continue-button').click();
    await page.locator('[data-testid="waiting-room"], [data-testid="countdown"]').first().waitFor();
    return { page, warnings };
  };

  it('[JN16] its id is the participant’s; whoever comes without one has a seat all the same, and the researcher sees why', async () => {
    const study = await api.createStudy({ title: 'Recruited', language: 'en', pages: [{ title: 'One' }] });
    const [room] = (await api.createRooms(study.id, {})).rooms;
    if (!room) throw new Error('no room was made');
    const link = `${here.server.url}/j/${room.code}`;

    const ada = await come(`${link}?externalId=&PROLIFIC_PID=5f3d6a1e&STUDY_ID=1&SESSION_ID=2`, 'Ada');
    const ben = await come(`${link}?PROLIFIC_PID=${TEMPLATE}`, 'Ben');
    expect(ada.warnings.filter((text) => text.includes('recruiting'))).toEqual([]);
    expect(ben.warnings.filter((text) => text.includes(TEMPLATE) && text.includes('recruiting'))).toHaveLength(1);

    const researcher = await openConsole({ ...here, path: `/console/rooms/${room.id}` });
    await researcher.getByTestId('seat-0').getByText('5f3d6a1e').waitFor();
    await researcher.getByTestId('unusable-id-1').getByText(TEMPLATE).waitFor();

    // The same template again, in another browser: somebody else.
    await come(`${link}?PROLIFIC_PID=${encodeURIComponent(TEMPLATE)}`, 'Cy');
    expect((await api.room(room.id)).participants.map((one) => [one.nickname, one.externalId, one.unusableId])).toEqual(
      [
        ['Ada', '5f3d6a1e', undefined],
        ['Ben', undefined, TEMPLATE],
        ['Cy', undefined, TEMPLATE],
      ],
    );
  });
});
