// What participants have chosen so far, as the API gives it to researchers.
import { z } from 'zod';

export const latestChoiceSchema = z.object({
  participantId: z.string(),
  questionId: z.string(),
  revision: z.int().min(1).describe('How many times this participant has answered this question'),
  value: z.union([z.string(), z.array(z.string()), z.number()]).describe('The latest answer'),
  submittedAt: z.number().describe('When it came in: epoch milliseconds on the room clock'),
});

/** The latest answer of one participant to one question. */
export type LatestChoice = Readonly<z.infer<typeof latestChoiceSchema>>;
