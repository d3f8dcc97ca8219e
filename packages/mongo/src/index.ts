export { guardOperations } from './guard-operations.js';
export { isPassing } from './mongo-outage.js';
export { openMongo, openMongoDatabase, type Mongo } from './open-mongo.js';
export { mongoSettings, type MongoSettings } from './settings.js';
