-- AlterTable
ALTER TABLE "folders_left" ADD COLUMN     "emptied_at" TIMESTAMPTZ(3);
