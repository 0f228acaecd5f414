package org.example.four;

import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import org.junit.Ignore;
import org.junit.Test;

public class OldTest {
    static int runs = 0;

    @Test
    public void flaky() {
        runs++;
        assertEquals(2, runs);
    }

    @Test
    public void fails() {
        assertEquals("sum", 5, 4);
    }

    @Test
    @Ignore("not here")
    public void ignored() {}

    @Test
    public void passes() {}
}
