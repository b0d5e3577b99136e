package givre;

/**
 * What a workload is asked.
 *
 * @param contentType null where the client has not named any
 * @param length of the body in bytes; Answer.UNKNOWN for one that comes in chunks
 * @param body refuses to be read beyond the workload's limit
 */
record Request(String contentType, Parameters parameters, long length, LimitedBody body) {}
