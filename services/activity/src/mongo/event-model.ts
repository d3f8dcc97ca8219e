import { Schema, type Connection, type Model } from 'mongoose';

/** An event in MongoDB. It never changes after the insert. */
export interface EventDocument {
  /** The id of the event, so MongoDB cannot store the event twice. */
  _id: string;
  type: string;
  version: number;
  time: Date;
  subjects: string[];
  source: string;
  traceparent?: string;
  requestId?: string;
  data: Record<string, unknown>;
  /** Position of the event in the stream, as text that sorts in the order of the stream. */
  position: string;
  replayed?: true;
}

/** If `value` differs from the marker in Redis, MongoDB or Redis may have lost data. */
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
// Lists and summaries use the first index, and live feeds use the second. The deletion of old events uses `_id`.
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
