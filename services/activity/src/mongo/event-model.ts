import { Schema, type Connection, type Model } from 'mongoose';

/** An event in MongoDB. Written once, never changed. */
export interface EventDocument {
  /** The event's own id, so that it cannot be stored twice. */
  _id: string;
  type: string;
  version: number;
  time: Date;
  subjects: string[];
  source: string;
  traceparent?: string;
  requestId?: string;
  data: Record<string, unknown>;
  /** Its position in the stream, as text that sorts in stream order. */
  position: string;
  replayed?: true;
}

/** The one document that says which Redis this store belongs to. */
export interface MarkerDocument {
  _id: 'marker';
  value: string;
}

const eventSchema = new Schema<EventDocument>(
  {
    _id: String,
    type: String,
    version: Number,
    time: Date,
    subjects: [String],
    source: String,
    traceparent: String,
    requestId: String,
    data: Schema.Types.Mixed,
    position: String,
    replayed: Boolean,
  },
  { collection: 'events', versionKey: false, id: false },
);
// The first index serves lists and summaries, the second one live feeds. Retention uses _id, which sorts by time.
eventSchema.index({ subjects: 1, time: -1, _id: -1 });
eventSchema.index({ subjects: 1, position: 1 });

const markerSchema = new Schema<MarkerDocument>(
  { _id: String, value: String },
  { collection: 'markers', versionKey: false, id: false },
);

export interface EventModels {
  events: Model<EventDocument>;
  markers: Model<MarkerDocument>;
}

export function eventModels(connection: Connection): EventModels {
  return {
    events: connection.model<EventDocument>('Event', eventSchema),
    markers: connection.model<MarkerDocument>('Marker', markerSchema),
  };
}
