// A stand-in for mongod on machines without a mongod: mongo-java-server with an H2 file. A kill -9 loses no acknowledged write.
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

    /** A version that recent drivers accept. The stand-in returns an error for a command that it does not support. */
    private static final MongoVersion VERSION = new MongoVersion() {
        @Override public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
        @Override public int getWireVersion() { return 13; }
    };

    public static void main(String[] args) throws Exception {
        Path directory = Files.createDirectories(Path.of(args[2]));
        MVStore store = new MVStore.Builder().fileName(directory.resolve("mongo.h2").toString()).compress().open();
        // The file need not survive a power cut, so H2 may reuse old space at once. Otherwise it grows tenfold.
        store.setRetentionTime(0);
        store.setVersionsToKeep(0);

        H2Backend backend = new H2Backend(store) {
            @Override public Document handleMessage(MongoMessage message) {
                Document reply = super.handleMessage(message);
                String command = message.getDocument().keySet().iterator().next();
                if (WRITES.contains(command)) commit(); // before the reply, so that a kill -9 loses no acknowledged write
                // After an internal error H2 closes the store. The file is intact, so a new process can use it.
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
