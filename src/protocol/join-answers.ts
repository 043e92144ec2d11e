// Joining over REST: what the join page is told before, what whoever has joined is given, and how voices find their way.
import { z } from 'zod';
import { count, instant, optionalText, text } from './answer-fields.ts';
import { LANGUAGE_CODES } from './languages.ts';
import { PHASES } from './phases.ts';
import { consentItemSchema } from './study.ts';

export const iceServerSchema = z
  .object({ urls: z.array(text), username: optionalText, credential: optionalText })
  .readonly();
export type IceServer = z.infer<typeof iceServerSchema>;

export const joinAnswerSchema = z
  .object({
    room: z.object({ id: text, code: text }).readonly(),
    participant: z.object({ id: text, seat: count, nickname: text, isHost: z.boolean() }).readonly(),
    token: text,
    iceServers: z.array(iceServerSchema),
    serverTime: instant,
  })
  .readonly();
export type JoinAnswer = z.infer<typeof joinAnswerSchema>;

/** What the join page needs before anybody has joined: public to whoever has the code. */
export const joinInfoSchema = z
  .object({
    code: text,
    title: text,
    language: z.enum(LANGUAGE_CODES),
    phase: z.enum(PHASES),
    roomSize: count,
    record: z.boolean(),
    pinRequired: z.boolean(),
    consent: z.array(consentItemSchema),
  })
  .readonly();
export type JoinInfo = z.infer<typeof joinInfoSchema>;
