-- Which events may stand in the journals, and which each node understands: nodes of the version before are in the list without.
-- AlterTable
ALTER TABLE "incarnation" ADD COLUMN     "room_clock_ahead_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN     "vocabulary" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "nodes" ADD COLUMN     "vocabulary" INTEGER NOT NULL DEFAULT 1;

-- Rows that are here were written by connections in the database's own time zone, those that come are not. A default that changes
-- marks them without touching a row.
-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN     "times_utc" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "api_keys" ALTER COLUMN "times_utc" SET DEFAULT true;

-- AlterTable
ALTER TABLE "studies" ADD COLUMN     "times_utc" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "studies" ALTER COLUMN "times_utc" SET DEFAULT true;

-- AlterTable
ALTER TABLE "study_versions" ADD COLUMN     "times_utc" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "study_versions" ALTER COLUMN "times_utc" SET DEFAULT true;

-- AlterTable
ALTER TABLE "rooms" ADD COLUMN     "times_utc" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "rooms" ALTER COLUMN "times_utc" SET DEFAULT true;
