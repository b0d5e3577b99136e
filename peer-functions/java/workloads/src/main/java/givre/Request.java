package givre;

/**
 * What a workload is asked.
 *
 * @param contentType null where the client has not named any
 * @param body refuses to be read beyond the workload's limit
 */
record Request(String contentType, Parameters parameters, LimitedBody body) {}
