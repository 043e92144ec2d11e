-- Pages of a room's measurements are read in the order of their ids: with the id in the index each page costs the same.
CREATE INDEX "telemetry_room_id_kind_id_idx" ON "telemetry"("room_id", "kind", "id");
DROP INDEX "telemetry_room_id_kind_idx";
