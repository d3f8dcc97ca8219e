// A stand-in for mongod on machines that can have none: mongo-java-server on an H2 file, which keeps what it has acknowledged over a kill -9.
// java -cp 'JARS/*' Mongod PORT ADDRESS DIRECTORY
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.h2.mvstore.MVStore;

public class Mongod {
    private static final Set<String> WRITES = Set.of(
        "insert", "update", "delete", "findAndModify", "findandmodify",
        "createIndexes", "dropIndexes", "create", "drop", "dropDatabase");

    /** The least that recent drivers talk to; a command that the stand-in does not know is answered with an error. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
        @Override public int getWireVersion() { return 13; }
    };

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of(args[2]));
        MVStore store = new MVStore.Builder().fileName(directory.resolve("mongo.h2").toString()).compress().open();
        // No other process reads the file, so what is old is free at once: otherwise it grows tenfold.
        store.setRetentionTime(0);
        store.setVersionsToKeep(0);

        H2Backend backend = new H2Backend(store) {
            @Override public Document handleMessage(MongoMessage message) {
                Document reply = super.handleMessage(message);
                String command = message.getDocument().keySet().iterator().next();
                if (WRITES.contains(command)) commit(); // before the acknowledgement leaves
                // H2 closes a store that it no longer trusts in memory; the file is whole, so a new process goes on from it.
                if (store.isClosed()) Runtime.getRuntime().halt(1);
                return reply;
            }
        };
        backend.version(VERSION);
        MongoServer server = new MongoServer(backend);
        server.bind(new InetSocketAddress(args[1], Integer.parseInt(args[0])));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        Thread.currentThread().join();
    }
}
