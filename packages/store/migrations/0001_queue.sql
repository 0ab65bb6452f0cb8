CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"fence" bigint NOT NULL,
	"until" bigint NOT NULL
);
--> statement-breakpoint
DROP INDEX "deliveries_event_id_index";--> statement-breakpoint
DROP INDEX "deliveries_consumer_seq_index";--> statement-breakpoint
DROP INDEX "deliveries_consumer_due_at_index";--> statement-breakpoint
ALTER TABLE "deliveries" DROP CONSTRAINT "deliveries_consumer_event_id_pk";--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_event_id_consumer_pk" PRIMARY KEY("event_id","consumer");--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "done_at" bigint;--> statement-breakpoint
CREATE INDEX "outbox_done_index" ON "outbox" USING btree ("done_at") WHERE state = 'done';--> statement-breakpoint
CREATE INDEX "deliveries_line_index" ON "deliveries" USING btree ("consumer","seq") WHERE state <> 'dead';--> statement-breakpoint
CREATE INDEX "deliveries_due_index" ON "deliveries" USING btree ("consumer","due_at") WHERE state <> 'dead';--> statement-breakpoint
-- Nobody noted before when an effect was done; its lease ended at most two minutes later.
UPDATE "outbox" SET "done_at" = "due_at" WHERE "state" = 'done';--> statement-breakpoint
-- A queue table is nearly all dead rows: vacuumed by their number, not by a share of a table that is long or empty.
ALTER TABLE "deliveries" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
