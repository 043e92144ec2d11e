// The id that a recruiting service put into the link. A link that came with something else lets its participant in all the
// same: whoever is paid for coming does not come back. The researcher reads of it in the console, and here.
import { type GivenId, idInAddress } from '../../protocol/recruiting-id.ts';

export const readLinkId = (): GivenId => {
  const given = idInAddress(window.location.search);
  if (given.unusableId !== undefined)
    // biome-ignore lint/suspicious/noConsole: words for the researcher who tries the link, not for participants
    console.warn(
      `The link has "${given.unusableId}" where the participant's id should be: the recruiting service did not fill it in. ` +
        'The participant joins without an id. See "Links of recruiting services" in the research guide.',
    );
  return given;
};
