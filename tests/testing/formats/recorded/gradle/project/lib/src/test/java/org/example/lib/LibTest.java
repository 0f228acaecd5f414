package org.example.lib;

import org.junit.Test;

public class LibTest {
    @Test
    public void throwsError() {
        throw new IllegalStateException("no");
    }
}
